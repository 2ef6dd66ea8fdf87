#include "proxy/relay/pop3_lobby.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace postern::relay {

using wire::pop3::Verb;

std::string Pop3Lobby::greeting() const {
  return "+OK Postern signs in for you\r\n";
}

void Pop3Lobby::accept(std::string& out) {
  out += "+OK logged in\r\n";
}

void Pop3Lobby::refuse(Refusal kind, std::string_view reason, std::string& out) {
  out += kind == Refusal::credentials ? "-ERR [AUTH] " : "-ERR [SYS/TEMP] ";
  out += one_line(reason) + "\r\n";
}

void Pop3Lobby::on_line(std::string_view line, std::string& out) {
  const wire::pop3::Command command = wire::pop3::parse_command(line);
  if (!command.wrong.empty()) {
    out.append("-ERR ").append(command.wrong).append("\r\n");
    return;
  }
  switch (command.verb) {
    case Verb::capa:
      out += fmt::format(
          "+OK this is what there is\r\nUSER\r\nSASL {}\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\n"
          "IMPLEMENTATION Postern\r\n.\r\n",
          fmt::join(mechanisms(), " "));
      break;
    case Verb::quit:
      out += "+OK bye\r\n";
      end();
      break;
    case Verb::user:
      user_ = command.argument;
      out += "+OK and the password\r\n";
      break;
    case Verb::pass:
      if (user_.empty()) {
        out += "-ERR the user name comes first\r\n";
      } else {
        ask_for({std::exchange(user_, {}), Secret(std::string(command.argument))});
      }
      break;
    case Verb::auth: auth(command, out); break;
    case Verb::stls: out += "-ERR Postern makes TLS to the server; switch it off here\r\n"; break;
    default: out += "-ERR log in first\r\n"; break;
  }
}

void Pop3Lobby::auth(const wire::pop3::Command& command, std::string& out) {
  if (!command.argument.empty()) return begin(command.argument, command.initial);
  out += "+OK mechanisms follow\r\n";
  for (const std::string_view mechanism : mechanisms()) out.append(mechanism).append("\r\n");
  out += ".\r\n";
}

void Pop3Lobby::object(Objection objection, std::string& out) {
  switch (objection) {
    case Objection::no_such_mechanism: out += "-ERR there is no such way to log in\r\n"; break;
    case Objection::senseless: out += "-ERR that makes no sense here\r\n"; break;
    case Objection::given_up: out += "-ERR given up\r\n"; break;
  }
}

}  // namespace postern::relay
