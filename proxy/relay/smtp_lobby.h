#pragma once

#include <span>
#include <string>
#include <string_view>

#include "proxy/relay/lobby.h"
#include "sync/wire/smtp/command.h"
#include "sync/wire/smtp/reply.h"

namespace postern::relay {

/// What a program is shown instead of the server's answer to EHLO: all that the server offers but
/// STARTTLS, and in the place of its AUTH the mechanisms here; none if there are none (RFC 5321
/// section 4.1.1.1, RFC 4954 section 3).
[[nodiscard]] wire::smtp::Reply shown_hello(const wire::smtp::Reply& server,
                                            std::span<const std::string_view> mechanisms);

/// SMTP before AUTH (RFC 5321 section 4.1, RFC 4954 section 4).
class SmtpLobby final : public Lobby {
 public:
  SmtpLobby(LobbyOffer offer, std::size_t line_limit);

  [[nodiscard]] std::string greeting() const override;
  void object(Objection objection, std::string& out) override;
  void accept(std::string& out) override;
  void refuse(Refusal kind, std::string_view reason, std::string& out) override;

 private:
  void on_line(std::string_view line, std::string& out) override;
  [[nodiscard]] std::string_view before_challenge() const override { return "334 "; }

  void hello(const wire::smtp::command::Hello& hello, std::string& out);
  void auth(const wire::smtp::command::Auth& auth, std::string& out);

  wire::smtp::Reply hello_;
  bool greeted_ = false;  ///< EHLO was said
};

}  // namespace postern::relay
