#pragma once

#include <asio/awaitable.hpp>

#include "sync/upstream/imap_connection.h"
#include "sync/upstream/imap_offer.h"
#include "sync/upstream/login.h"

namespace postern::upstream {

/// The ways into an IMAP server: AUTHENTICATE and LOGIN (RFC 9051 sections 6.2.2 and 6.2.3). Of one
/// moment of the connection; the references outlive it.
class ImapLogin final : public LoginConversation {
 public:
  ImapLogin(ImapConnection& connection, const ImapOffer& offer, LoginRequest request);

 private:
  asio::awaitable<void> attempt(config::Login method, LoginAttempt& attempt) override;
  [[nodiscard]] const net::Stream& stream() const override { return connection_.stream(); }
  [[nodiscard]] LoginOffer::UserCommand user_command() const override { return offer_.login; }

  asio::awaitable<void> login(LoginAttempt& attempt);

  ImapConnection& connection_;
  const ImapOffer& offer_;
};

}  // namespace postern::upstream
