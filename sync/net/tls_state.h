#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include <openssl/ssl.h>

#include "sync/net/tls.h"

namespace postern::net {

struct TlsClient::State {
  State() = default;
  State(const State&) = delete;
  /// The context lives on with the connections that are left.
  ~State();

  bssl::UniquePtr<SSL_CTX> context;
  std::string host;
  std::optional<std::array<std::uint8_t, 32>> pin;

  /// A TLS session for one connection: server name, name to verify.
  [[nodiscard]] bssl::UniquePtr<SSL> session() const;
  /// Keeps what connections agree on from here on, for session().
  void keep_sessions();
  /// For SSL_CTX_set_cert_verify_callback, with this state as its argument.
  static int verify_pin(X509_STORE_CTX* verification, void* owner);
  /// Why the certificate that `session` saw was refused; empty if it was not.
  [[nodiscard]] static std::string refusal(const SSL& session);

 private:
  static int keep(SSL* connection, SSL_SESSION* fresh);
  /// Out of which the newest is taken first; those for one use only go.
  mutable std::deque<bssl::UniquePtr<SSL_SESSION>> kept_;
};

struct TlsServer::State {
  bssl::UniquePtr<SSL_CTX> context;
  CertificateFacts facts;

  /// What the client shows goes into `into`, which outlives `session`. Any certificate will do for
  /// the handshake, as long as the client has its key; what it is good for is for others to say.
  static void ask_for_certificate(SSL& session, std::optional<ShownCertificate>& into);
};

/// The oldest failure that BoringSSL remembers on this thread, for people; forgets all.
[[nodiscard]] std::string tls_failure();

}  // namespace postern::net
