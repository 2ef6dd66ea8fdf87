#pragma once

#include <stdexcept>
#include <string>

namespace postern::net {

enum class ErrorKind {
  resolve,      ///< the name was not found, or the resolver did not answer
  connect,      ///< refused, unreachable
  timeout,      ///< a deadline passed
  closed,       ///< the peer ended the connection in order
  truncated,    ///< TLS ended without close_notify: what was received last may be cut short
  tls,          ///< handshake refused, protocol too old, a plaintext answer on a TLS port
  certificate,  ///< not trusted, expired, wrong name, wrong pin; the text names the issuer seen
  io,
  cancelled,  ///< we are stopping
};

/// A lost connection. Caught once, at the top of a conversation. The text is for people and holds
/// no secret.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
  [[nodiscard]] ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace postern::net
