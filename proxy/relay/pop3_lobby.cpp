#include "proxy/relay/pop3_lobby.h"

#include <utility>

#include "sync/wire/imap/response.h"
#include "sync/wire/pop3/command.h"

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
  wire::imap::append_text(out, reason);
  out += "\r\n";
}

void Pop3Lobby::on_line(std::string_view line, std::string& out) {
  if (in_exchange()) return response(line, out);
  const wire::pop3::Command command = wire::pop3::parse_command(line);
  if (!command.wrong.empty()) {
    out.append("-ERR ").append(command.wrong).append("\r\n");
    return;
  }
  switch (command.verb) {
    case Verb::capa:
      out +=
          "+OK this is what there is\r\nUSER\r\nSASL PLAIN LOGIN\r\nRESP-CODES\r\n"
          "AUTH-RESP-CODE\r\nIMPLEMENTATION Postern\r\n.\r\n";
      break;
    case Verb::quit:
      out += "+OK bye\r\n";
      over_ = true;
      break;
    case Verb::user:
      user_ = command.argument;
      out += "+OK and the password\r\n";
      break;
    case Verb::pass:
      if (user_.empty()) {
        out += "-ERR the user name comes first\r\n";
      } else {
        login_ = Login{std::exchange(user_, {}), Secret(std::string(command.argument))};
      }
      break;
    case Verb::auth: auth(command.argument, command.initial.value_or(""), out); break;
    case Verb::stls: out += "-ERR Postern makes TLS to the server; switch it off here\r\n"; break;
    default: out += "-ERR log in first\r\n"; break;
  }
}

void Pop3Lobby::auth(std::string_view mechanism, std::string_view initial, std::string& out) {
  if (mechanism.empty()) {
    out += "+OK mechanisms follow\r\nPLAIN\r\nLOGIN\r\n.\r\n";
  } else if (!begin_exchange(mechanism)) {
    out += "-ERR there is only PLAIN and LOGIN\r\n";
  } else if (initial.empty()) {
    out += "+ " + prompt() + "\r\n";
  } else {
    response(initial, out);
  }
}

void Pop3Lobby::response(std::string_view base64, std::string& out) {
  if (base64 == "*") {
    end_exchange();
    out += "-ERR given up\r\n";
    return;
  }
  const auto challenge = respond(base64);
  if (challenge) out += "+ " + *challenge + "\r\n";
  if (wrong_) out += "-ERR that makes no sense\r\n";
}

}  // namespace postern::relay
