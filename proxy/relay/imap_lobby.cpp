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

/// LITERAL- is not among them, though it is understood: the program would take it for what the
/// server behind the login can.
constexpr std::string_view capabilities = "IMAP4rev1 SASL-IR ID AUTH=PLAIN AUTH=LOGIN";
/// A name and a password.
constexpr std::size_t most_literals = 4;
constexpr std::size_t longest_literal = 4096;

}  // namespace

std::string ImapLobby::greeting() const {
  return "* OK [CAPABILITY " + std::string(capabilities) + "] Postern signs in for you\r\n";
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
  if (in_exchange()) return response(line, out);
  const auto literal = wire::imap::literal_at_end(line);
  raw_.text.emplace_back(literal ? literal->before : line);
  if (!literal) return perform(out);
  if (literal->octets > longest_literal || raw_.literals.size() == most_literals) {
    // What follows cannot be told apart any more.
    wire::imap::append_status(out, "*", Condition::bye, "TOOBIG", "A literal is too large");
    over_ = true;
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
    login_ = Login{login->user, login->password};
  } else if (const auto* auth = std::get_if<command::Authenticate>(&parsed.body)) {
    if (!begin_exchange(auth->mechanism)) {
      tagged(out, Condition::no, "CANNOT", "There is only PLAIN and LOGIN");
    } else if (auth->initial_response) {
      response(auth->initial_response->reveal(), out);
    } else {
      out += "+ " + prompt() + "\r\n";
    }
  } else if (std::holds_alternative<command::Capability>(parsed.body)) {
    out.append("* CAPABILITY ").append(capabilities).append("\r\n");
    tagged(out, Condition::ok, "", "CAPABILITY completed");
  } else if (std::holds_alternative<command::Noop>(parsed.body)) {
    tagged(out, Condition::ok, "", "NOOP completed");
  } else if (std::holds_alternative<command::Id>(parsed.body)) {
    out += "* ID (\"name\" \"Postern\")\r\n";
    tagged(out, Condition::ok, "", "ID completed");
  } else if (std::holds_alternative<command::Logout>(parsed.body)) {
    wire::imap::append_status(out, "*", Condition::bye, "", "Logging out");
    tagged(out, Condition::ok, "", "LOGOUT completed");
    over_ = true;
  } else if (std::holds_alternative<command::StartTls>(parsed.body)) {
    tagged(out, Condition::bad, "", "Postern makes TLS to the server; switch it off here");
  } else {
    tagged(out, Condition::bad, "", "Log in first");
  }
}

void ImapLobby::response(std::string_view base64, std::string& out) {
  if (base64 == "*") {
    end_exchange();
    return tagged(out, Condition::bad, "", "AUTHENTICATE cancelled");
  }
  const auto challenge = respond(base64);
  if (challenge) out += "+ " + *challenge + "\r\n";
  if (wrong_) tagged(out, Condition::bad, "", "That makes no sense");
}

}  // namespace postern::relay
