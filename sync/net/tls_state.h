#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include <openssl/ssl.h>

#include "sync/net/tls.h"

namespace postern::net {

struct TlsClient::State {
  bssl::UniquePtr<SSL_CTX> context;
  std::string host;
  std::optional<std::array<std::uint8_t, 32>> pin;

  /// A TLS session for one connection: server name, name to verify.
  [[nodiscard]] bssl::UniquePtr<SSL> session() const;
  /// For SSL_CTX_set_cert_verify_callback, with this state as its argument.
  static int verify_pin(X509_STORE_CTX* verification, void* owner);
  /// Why the certificate that `session` saw was refused; empty if it was not.
  [[nodiscard]] static std::string refusal(const SSL& session);
};

struct TlsServer::State {
  bssl::UniquePtr<SSL_CTX> context;
};

/// The oldest failure that BoringSSL remembers on this thread, for people; forgets all.
[[nodiscard]] std::string tls_failure();

}  // namespace postern::net
