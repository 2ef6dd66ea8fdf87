#include <openssl/digest.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/x509v3.h>

#include <memory>

#include <fmt/core.h>
#include <asio/ip/address.hpp>

#include "sync/base/log.h"
#include "sync/net/certificate.h"
#include "sync/net/tls_state.h"
#include "sync/net/trust_store.h"

namespace postern::net {
namespace {

using Digest = std::array<std::uint8_t, 32>;

bool is_address(const std::string& host) {
  asio::error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

/// Each session keeps what it found wrong with the certificate, so that the error can name it.
int refusal_slot() {
  static const int slot = SSL_get_ex_new_index(
      0, nullptr, nullptr, nullptr, [](void*, void* value, CRYPTO_EX_DATA*, int, long, void*) {
        delete static_cast<std::string*>(value);
      });
  return slot;
}

void remember(X509_STORE_CTX* verification, const X509& certificate, const std::string& reason) {
  auto* session = static_cast<SSL*>(
      X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* text = static_cast<std::string*>(SSL_get_ex_data(session, refusal_slot()));
  if (text == nullptr || !text->empty()) return;
  *text = fmt::format("{}; certificate {}, issued by {}", reason, subject_of(certificate),
                      issuer_of(certificate));
}

int on_verified(int good, X509_STORE_CTX* verification) {
  const X509* current = X509_STORE_CTX_get_current_cert(verification);
  if (good == 0 && current != nullptr) {
    remember(verification, *current, reason_of(*current, X509_STORE_CTX_get_error(verification)));
  }
  return good;
}

bool bears_name(X509* leaf, const std::string& host) {
  if (is_address(host)) return X509_check_ip_asc(leaf, host.c_str(), 0) == 1;
  return X509_check_host(leaf, host.data(), host.size(), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
                         nullptr) == 1;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Colons between the digits are what `openssl x509 -fingerprint` prints.
std::expected<Digest, Problem> parse_pin(std::string_view text) {
  constexpr std::string_view label = "SHA256:";
  const Problem problem{fmt::format("{} is not a pin", log::quoted(text)),
                        "write SHA256: and the 64 hexadecimal digits of the certificate's "
                        "fingerprint"};
  if (!text.starts_with(label)) return std::unexpected(problem);
  Digest out{};
  std::size_t digits = 0;
  for (const char c : text.substr(label.size())) {
    if (c == ':' && digits % 2 == 0) continue;
    const int value = digit(c);
    if (value < 0 || digits == 2 * out.size()) return std::unexpected(problem);
    out[digits / 2] = static_cast<std::uint8_t>(out[digits / 2] * 16 + value);
    ++digits;
  }
  if (digits != 2 * out.size()) return std::unexpected(problem);
  return out;
}

}  // namespace

/// A pin takes the place of the chain and of the dates, but not of the name.
int TlsClient::State::verify_pin(X509_STORE_CTX* verification, void* owner) {
  const auto& state = *static_cast<const State*>(owner);
  X509* leaf = X509_STORE_CTX_get0_cert(verification);
  Digest digest{};
  unsigned count = 0;
  X509_digest(leaf, EVP_sha256(), digest.data(), &count);
  int error = X509_V_OK;
  if (CRYPTO_memcmp(digest.data(), state.pin->data(), digest.size()) != 0) {
    error = X509_V_ERR_CERT_REJECTED;
    remember(verification, *leaf,
             fmt::format("it is not the pinned one, its fingerprint is {}", fingerprint_of(*leaf)));
  } else if (!bears_name(leaf, state.host)) {
    error = X509_V_ERR_HOSTNAME_MISMATCH;
    remember(verification, *leaf, reason_of(*leaf, error));
  }
  X509_STORE_CTX_set_error(verification, error);
  return error == X509_V_OK ? 1 : 0;
}

bssl::UniquePtr<SSL> TlsClient::State::session() const {
  bssl::UniquePtr<SSL> session(SSL_new(context.get()));
  SSL_set_ex_data(session.get(), refusal_slot(), std::make_unique<std::string>().release());
  if (is_address(host)) {
    // RFC 6066 section 3: no literal addresses in the server name.
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), host.c_str());
  } else {
    SSL_set_tlsext_host_name(session.get(), host.c_str());
    X509_VERIFY_PARAM_set_hostflags(SSL_get0_param(session.get()),
                                    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    SSL_set1_host(session.get(), host.c_str());
  }
  if (!kept_.empty()) {
    SSL_set_session(session.get(), kept_.back().get());
    // RFC 8446 appendix C.4: who watches must not see that two connections have one client.
    if (SSL_SESSION_should_be_single_use(kept_.back().get()) == 1) kept_.pop_back();
  }
  return session;
}

TlsClient::State::~State() {
  if (context) SSL_CTX_sess_set_new_cb(context.get(), nullptr);
}

void TlsClient::State::keep_sessions() {
  SSL_CTX_set_app_data(context.get(), this);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context.get(), keep);
}

int TlsClient::State::keep(SSL* connection, SSL_SESSION* fresh) {
  constexpr std::size_t most_kept = 64;
  auto& state = *static_cast<State*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection)));
  state.kept_.emplace_back(fresh);
  if (state.kept_.size() > most_kept) state.kept_.pop_front();
  return 1;
}

std::string TlsClient::State::refusal(const SSL& session) {
  const auto* text = static_cast<const std::string*>(SSL_get_ex_data(&session, refusal_slot()));
  return text == nullptr ? std::string() : *text;
}

std::expected<TlsClient, Problem> TlsClient::make(const TlsTrust& trust) {
  auto state = std::make_unique<State>();
  state->host = trust.host;
  // A name may be written with the root's dot; certificates never are.
  if (state->host.ends_with('.')) state->host.pop_back();
  if (state->host.empty()) {
    return std::unexpected(Problem{"there is no host name to verify", "name the server"});
  }
  state->context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = state->context.get();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, on_verified);
  if (trust.pin) {
    auto pin = parse_pin(*trust.pin);
    if (!pin) return std::unexpected(pin.error());
    state->pin = *pin;
    SSL_CTX_set_cert_verify_callback(context, &State::verify_pin, state.get());
  } else {
    auto store = trust_store(trust.ca);
    if (!store) return std::unexpected(store.error());
    SSL_CTX_set_cert_store(context, store->release());
  }
  if (trust.resumption == TlsTrust::Resumption::within_client) state->keep_sessions();
  return TlsClient(std::move(state));
}

TlsClient::TlsClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsClient::TlsClient(TlsClient&&) noexcept = default;
TlsClient& TlsClient::operator=(TlsClient&&) noexcept = default;
TlsClient::~TlsClient() = default;

std::string tls_failure() {
  const std::uint32_t code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unknown failure";
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? fmt::format("failure {}", code) : reason;
}

}  // namespace postern::net
