#pragma once

#include <string>

#include <asio/awaitable.hpp>

#include "sync/upstream/login.h"
#include "sync/upstream/pop3_connection.h"
#include "sync/wire/pop3/capabilities.h"

namespace postern::upstream {

/// The ways into a maildrop: AUTH (RFC 5034), APOP, USER and PASS (RFC 1939 section 7). Of one
/// moment of the connection; the references outlive it.
class Pop3Login final : public LoginConversation {
 public:
  Pop3Login(Pop3Connection& connection, const wire::pop3::Capabilities& capabilities,
            std::string greeting, LoginRequest request);

 private:
  asio::awaitable<void> attempt(config::Login method, LoginAttempt& attempt) override;
  [[nodiscard]] const net::Stream& stream() const override { return connection_.stream(); }
  [[nodiscard]] LoginOffer::UserCommand user_command() const override;
  [[nodiscard]] LoginOffer::Timestamp timestamp() const override;

  asio::awaitable<void> user_pass(LoginAttempt& attempt);
  asio::awaitable<void> apop(LoginAttempt& attempt);

  Pop3Connection& connection_;
  const wire::pop3::Capabilities& capabilities_;
  std::string greeting_;
};

}  // namespace postern::upstream
