#include <openssl/err.h>
#include <openssl/pool.h>
#include <openssl/x509.h>

#include <memory>

#include <fmt/core.h>

#include "sync/net/certificate.h"
#include "sync/net/own_certificate.h"
#include "sync/net/tls_state.h"

namespace postern::net {
namespace {

Problem cannot_use(const std::filesystem::path& file, const char* what) {
  return {fmt::format("{} holds no {} that can be used: {}", file.string(), what, tls_failure()),
          "give PEM files that this program can read: the certificate first, then its issuers, and "
          "the key without a password"};
}

/// Where a session puts what the client shows.
int shown_slot() {
  static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}

ssl_verify_result_t note_certificate(SSL* session, std::uint8_t* /*alert*/) {
  auto& into =
      *static_cast<std::optional<ShownCertificate>*>(SSL_get_ex_data(session, shown_slot()));
  const STACK_OF(CRYPTO_BUFFER)* chain = SSL_get0_peer_certificates(session);
  if (chain == nullptr || sk_CRYPTO_BUFFER_num(chain) == 0) return ssl_verify_ok;
  const bssl::UniquePtr<X509> shown(X509_parse_from_buffer(sk_CRYPTO_BUFFER_value(chain, 0)));
  if (shown) into = ShownCertificate{fingerprint_of(*shown), life_of(*shown)};
  ERR_clear_error();
  return ssl_verify_ok;
}

}  // namespace

void TlsServer::State::ask_for_certificate(SSL& session, std::optional<ShownCertificate>& into) {
  // Of strangers, before they have said who they are.
  constexpr std::size_t longest_chain = 16UL * 1024;
  SSL_set_ex_data(&session, shown_slot(), &into);
  SSL_set_custom_verify(&session, SSL_VERIFY_PEER, note_certificate);
  SSL_set_max_cert_list(&session, longest_chain);
  SSL_set_retain_only_sha256_of_client_certs(&session, 1);
  SSL_set_options(&session, SSL_OP_NO_TICKET);
}

std::expected<TlsServer, Problem> TlsServer::load(const std::filesystem::path& certificate,
                                                  const std::filesystem::path& key) {
  auto state = std::make_unique<State>();
  state->context.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = state->context.get();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // RFC 9325 section 4.2. BoringSSL knows neither renegotiation as a server nor compression.
  if (SSL_CTX_set_strict_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) {
    return std::unexpected(
        Problem{"the TLS library knows none of our ciphers: " + tls_failure(), ""});
  }
  SSL_CTX_set_early_data_enabled(context, 0);
  // Clients that resume do so with tickets, which cost this side nothing.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return std::unexpected(cannot_use(certificate, "certificate"));
  }
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return std::unexpected(cannot_use(key, "key for this certificate"));
  }
  state->facts = facts_of(*SSL_CTX_get0_certificate(context));
  return TlsServer(std::move(state));
}

std::expected<TlsServer, Problem> TlsServer::automatic(const std::filesystem::path& state) {
  const auto files = own_certificate(state);
  if (!files) return std::unexpected(files.error());
  return load(files->certificate, files->key);
}

TlsServer::TlsServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsServer::TlsServer(TlsServer&&) noexcept = default;
TlsServer& TlsServer::operator=(TlsServer&&) noexcept = default;
TlsServer::~TlsServer() = default;

const CertificateFacts& TlsServer::facts() const {
  return state_->facts;
}

}  // namespace postern::net
