#include <openssl/err.h>

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

}  // namespace

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
