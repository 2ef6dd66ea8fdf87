#include "proxy/relay/imap_lobby.h"

#include <utility>

#include "sync/base/wiping.h"
#include "sync/wire/imap/literal.h"
#include "sync/wire/imap/parse_command.h"
#include "sync/wire/imap/response.h"

namespace postern::relay {
namespace {

namespace command = wire::imap::command;
using wire::imap::Condition;

/// A name and a password.
constexpr std::size_t most_literals = 4;
constexpr std::size_t longest_literal = 4096;

}  // namespace

/// LITERAL- is not among them, though it is understood: the program would take it for what the
/// server behind the login can.
std::string ImapLobby::capabilities() const {
  std::string out = "IMAP4rev1 SASL-IR ID";
  for (const std::string_view mechanism : mechanisms()) out.append(" AUTH=").append(mechanism);
  return out;
}

std::string ImapLobby::greeting() const {
  return "* OK [CAPABILITY " + capabilities() + "] Postern signs in for you\r\n";
}

void ImapLobby::tagged(std::string& out, Condition condition, std::string_view code,
                       std::string_view text) {
  wire::imap::append_status(out, tag_, condition, code, text);
}

void ImapLobby::accept(std::string& out) {
  tagged(out, Condition::ok, "", "Logged in");
}

void ImapLobby::refuse(Refusal kind, std::string_view reason, std::string& out) {
  const bool credentials = kind == Refusal::credentials;
  tagged(out, Condition::no, credentials ? "AUTHENTICATIONFAILED" : "UNAVAILABLE", reason);
}

void ImapLobby::on_line(std::string_view line, std::string& out) {
  const auto literal = wire::imap::literal_at_end(line);
  raw_.text.emplace_back(literal ? literal->before : line);
  if (!literal) return perform(out);
  if (literal->octets > longest_literal || raw_.literals.size() == most_literals) {
    // What follows cannot be told apart any more.
    wire::imap::append_status(out, "*", Condition::bye, "TOOBIG", "A literal is too large");
    end();
    return;
  }
  raw_.literals.emplace_back();
  literal_ = static_cast<std::size_t>(literal->octets);
  if (literal->literal == wire::imap::Literal::synchronising) out += "+ go on\r\n";
}

void ImapLobby::on_octets(std::string_view octets) {
  append_wiping(raw_.literals.back(), octets);
  literal_ -= octets.size();
}

void ImapLobby::perform(std::string& out) {
  wire::imap::RawCommand raw = std::exchange(raw_, {});
  const auto parsed = wire::imap::parse_command(raw);
  if (parsed) {
    tag_ = parsed->tag;
    run(*parsed, out);
  } else {
    wire::imap::append_status(out, parsed.error().tag, Condition::bad, "", parsed.error().text);
  }
  wire::imap::forget(raw);
}

void ImapLobby::run(const wire::imap::Command& parsed, std::string& out) {
  if (const auto* login = std::get_if<command::Login>(&parsed.body)) {
    ask_for({login->user, login->password});
  } else if (const auto* auth = std::get_if<command::Authenticate>(&parsed.body)) {
    std::optional<std::string_view> initial;
    if (auth->initial_response) initial = auth->initial_response->reveal();
    begin(auth->mechanism, initial);
  } else if (std::holds_alternative<command::Capability>(parsed.body)) {
    out.append("* CAPABILITY ").append(capabilities()).append("\r\n");
    tagged(out, Condition::ok, "", "CAPABILITY completed");
  } else if (std::holds_alternative<command::Noop>(parsed.body)) {
    tagged(out, Condition::ok, "", "NOOP completed");
  } else if (std::holds_alternative<command::Id>(parsed.body)) {
    out += "* ID (\"name\" \"Postern\")\r\n";
    tagged(out, Condition::ok, "", "ID completed");
  } else if (std::holds_alternative<command::Logout>(parsed.body)) {
    wire::imap::append_status(out, "*", Condition::bye, "", "Logging out");
    tagged(out, Condition::ok, "", "LOGOUT completed");
    end();
  } else if (std::holds_alternative<command::StartTls>(parsed.body)) {
    tagged(out, Condition::bad, "", "Postern makes TLS to the server; switch it off here");
  } else {
    tagged(out, Condition::bad, "", "Log in first");
  }
}

void ImapLobby::object(Objection objection, std::string& out) {
  switch (objection) {
    case Objection::no_such_mechanism:
      return tagged(out, Condition::no, "CANNOT", "There is no such way to log in");
    case Objection::senseless: return tagged(out, Condition::bad, "", "That makes no sense here");
    case Objection::given_up: return tagged(out, Condition::bad, "", "AUTHENTICATE cancelled");
  }
}

}  // namespace postern::relay
