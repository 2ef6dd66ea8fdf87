#pragma once

#include <asio/awaitable.hpp>

#include "sync/upstream/login.h"
#include "sync/upstream/smtp_connection.h"
#include "sync/wire/smtp/extensions.h"

namespace postern::upstream {

/// The way into a submission server: AUTH (RFC 4954). Of one moment of the connection; the
/// references outlive it.
class SmtpLogin final : public LoginConversation {
 public:
  SmtpLogin(SmtpConnection& connection, const wire::smtp::Extensions& extensions,
            LoginRequest request);

 private:
  asio::awaitable<void> attempt(config::Login method, LoginAttempt& attempt) override;
  [[nodiscard]] const net::Stream& stream() const override { return connection_.stream(); }
  [[nodiscard]] LoginOffer::UserCommand user_command() const override {
    return LoginOffer::UserCommand::missing;
  }

  SmtpConnection& connection_;
};

}  // namespace postern::upstream
