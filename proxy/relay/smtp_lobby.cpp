#include "proxy/relay/smtp_lobby.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sync/wire/command_text.h"

namespace postern::relay {
namespace {

namespace command = wire::smtp::command;
using wire::smtp::EnhancedStatus;
using wire::smtp::Reply;

void say(unsigned code, std::optional<EnhancedStatus> status, std::string_view text,
         std::string& out) {
  out += wire::smtp::format_reply(Reply{code, status, {one_line(text)}});
}

/// "AUTH=LOGIN" is an old form.
bool is_replaced(std::string_view extension) {
  const std::string_view keyword = wire::take_word(extension);
  const std::string_view name = keyword.substr(0, keyword.find('='));
  return wire::is_word(keyword, "STARTTLS") || wire::is_word(name, "AUTH");
}

}  // namespace

Reply shown_hello(const Reply& server, std::span<const std::string_view> mechanisms) {
  Reply out{250, std::nullopt, {server.lines.front()}};
  for (const std::string& line : std::span(server.lines).subspan(1))
    if (!is_replaced(line)) out.lines.push_back(line);
  if (!mechanisms.empty()) out.lines.push_back(fmt::format("AUTH {}", fmt::join(mechanisms, " ")));
  return out;
}

SmtpLobby::SmtpLobby(LobbyOffer offer, std::size_t line_limit)
    : Lobby(offer.mechanisms, line_limit), hello_(shown_hello(offer.hello, offer.mechanisms)) {}

std::string SmtpLobby::greeting() const {
  return "220 localhost ESMTP Postern signs in for you\r\n";
}

void SmtpLobby::accept(std::string& out) {
  say(235, EnhancedStatus{2, 7, 0}, "logged in", out);
}

/// RFC 4954 section 6.
void SmtpLobby::refuse(Refusal kind, std::string_view reason, std::string& out) {
  if (kind == Refusal::credentials) return say(535, EnhancedStatus{5, 7, 8}, reason, out);
  say(454, EnhancedStatus{4, 7, 0}, reason, out);
}

void SmtpLobby::object(Objection objection, std::string& out) {
  switch (objection) {
    case Objection::no_such_mechanism:
      return say(504, EnhancedStatus{5, 5, 4}, "there is no such way to log in", out);
    case Objection::senseless:
      return say(501, EnhancedStatus{5, 5, 2}, "that makes no sense here", out);
    case Objection::given_up: return say(501, EnhancedStatus{5, 7, 0}, "given up", out);
  }
}

void SmtpLobby::on_line(std::string_view line, std::string& out) {
  const auto parsed = wire::smtp::parse_command(line, wire::smtp::Charset::ascii);
  if (!parsed) {
    out += wire::smtp::format_reply(parsed.error());
    std::string_view rest = line;
    // Nobody knows how many octets follow such a one.
    if (wire::is_word(wire::take_word(rest), "BDAT")) end();
  } else if (const auto* greeted = std::get_if<command::Hello>(&*parsed)) {
    hello(*greeted, out);
  } else if (const auto* wanted = std::get_if<command::Auth>(&*parsed)) {
    auth(*wanted, out);
  } else if (std::holds_alternative<command::Noop>(*parsed) ||
             std::holds_alternative<command::Rset>(*parsed)) {
    say(250, EnhancedStatus{2, 0, 0}, "here", out);
  } else if (std::holds_alternative<command::Quit>(*parsed)) {
    say(221, EnhancedStatus{2, 0, 0}, "bye", out);
    end();
  } else if (std::holds_alternative<command::StartTls>(*parsed)) {
    say(502, EnhancedStatus{5, 5, 1}, "Postern makes TLS to the server; switch it off here", out);
  } else {
    say(530, EnhancedStatus{5, 7, 0}, "log in first", out);
    if (std::holds_alternative<command::Bdat>(*parsed)) end();
  }
}

void SmtpLobby::hello(const command::Hello& hello, std::string& out) {
  greeted_ = hello.form == command::Hello::Form::ehlo;
  if (greeted_) {
    out += wire::smtp::format_reply(hello_);
  } else {
    say(250, std::nullopt, hello_.lines.front(), out);
  }
}

void SmtpLobby::auth(const command::Auth& auth, std::string& out) {
  if (!greeted_) return say(503, EnhancedStatus{5, 5, 1}, "say EHLO first", out);
  begin(auth.mechanism, auth.initial);
}

}  // namespace postern::relay
