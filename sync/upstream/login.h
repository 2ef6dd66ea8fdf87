#pragma once

#include <span>
#include <string>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "sync/net/dial.h"
#include "sync/net/stream.h"
#include "sync/upstream/credential.h"
#include "sync/upstream/login_methods.h"
#include "sync/upstream/sasl_exchange.h"

namespace postern::upstream {

/// What the operator says about a connection without TLS to another machine.
enum class Plaintext : std::uint8_t {
  forbidden,
  wanted,  ///< `insecure: true`: a password may go out on it
};

/// Of a config::Source or a config::Outgoing.
template <class Server>
[[nodiscard]] Plaintext plaintext_of(const Server& server) {
  return server.insecure ? Plaintext::wanted : Plaintext::forbidden;
}

/// Who wants to log in, and how.
struct LoginRequest {
  net::Endpoint server;
  std::string user;
  Credential credential;
  config::Login wanted = config::Login::strongest;
  LoginMemory& memory;
  Plaintext plaintext = Plaintext::forbidden;
};

/// Who can read what goes over a connection besides the server.
enum class Channel : std::uint8_t {
  tls,           ///< nobody
  this_machine,  ///< nobody who is not here anyway
  open,          ///< everybody on the way
};
[[nodiscard]] Channel channel_of(const net::Stream& stream);
/// Whether a user name and a password may go out there.
[[nodiscard]] bool may_log_in(Channel channel, Plaintext plaintext);

/// One protocol's ways to log in. Network thread.
class LoginConversation {
 public:
  LoginConversation(LoginRequest request, std::span<const std::string> mechanisms, Reasons reasons)
      : request_(std::move(request)), mechanisms_(mechanisms), reasons_(reasons) {}
  virtual ~LoginConversation() = default;

  /// Tries the methods of login_methods() until one is accepted or one refusal means the
  /// credentials. Returns the one that was. `no_tls`, and no octet goes out, unless may_log_in().
  asio::awaitable<Answer<config::Login>> log_in();

 protected:
  /// One way, not yet looked at for what the refusal means.
  virtual asio::awaitable<void> attempt(config::Login method, LoginAttempt& attempt) = 0;
  [[nodiscard]] virtual const net::Stream& stream() const = 0;
  /// What the protocol has beside SASL.
  [[nodiscard]] virtual LoginOffer::UserCommand user_command() const = 0;
  [[nodiscard]] virtual LoginOffer::Timestamp timestamp() const {
    return LoginOffer::Timestamp::none;
  }

  [[nodiscard]] const LoginRequest& request() const { return request_; }
  [[nodiscard]] SaslExchange exchange_for(wire::sasl::Mechanism mechanism) const;

 private:
  [[nodiscard]] std::vector<config::Login> methods() const;
  asio::awaitable<std::optional<LoginAttempt>> guarded(config::Login method);
  [[nodiscard]] bool binds(wire::sasl::Mechanism mechanism) const;
  [[nodiscard]] bool offered(std::string_view mechanism) const;

  LoginRequest request_;
  std::span<const std::string> mechanisms_;  ///< as the server names them
  Reasons reasons_;
};

}  // namespace postern::upstream
