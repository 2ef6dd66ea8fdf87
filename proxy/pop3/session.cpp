#include "proxy/pop3/session.h"

#include <utility>

#include <fmt/format.h>

#include "proxy/access/sasl_server.h"

namespace postern::pop3 {

Session::Session(asio::any_io_executor executor, net::Stream stream, Surroundings& surroundings,
                 access::Start start)
    : access::LineSession(std::move(executor), std::move(stream), surroundings, surroundings.limits,
                          start, surroundings.limits.command_line),
      surroundings_(surroundings) {}

Session::~Session() {
  release();
}

std::string Session::too_many() {
  return "-ERR [SYS/TEMP] too many connections\r\n";
}

asio::awaitable<void> Session::converse() {
  co_await greet();
  Next next = Next::go_on;
  while (next == Next::go_on) {
    std::optional<std::string> line = co_await read_line();
    if (!line) {
      err("the line is too long");
      break;
    }
    const bool may_hold_password = !maildrop_;
    next = co_await execute(*line);
    if (may_hold_password) forget_input(*line);
    begin_waiting();
    if (stopping_) break;
  }
  release();
}

void Session::ask_to_stop() {
  stopping_ = true;
  if (waiting_) stream_.close();
}

access::SessionFacts Session::facts() const {
  access::SessionFacts facts = access::Session::facts();
  facts.account = account_;
  facts.device = device_;
  return facts;
}

void Session::ok(std::string_view text) {
  out_ += "+OK ";
  out_ += text;
  out_ += "\r\n";
}

void Session::err(std::string_view text) {
  out_ += "-ERR ";
  out_ += text;
  out_ += "\r\n";
}

asio::awaitable<void> Session::greet() {
  ok("Postern is ready");
  co_await flush();
}

Session::Next Session::bad(std::string_view text) {
  err(text);
  return ++bad_commands_ >= surroundings_.limits.bad_commands ? Next::end : Next::go_on;
}

asio::awaitable<Session::Next> Session::execute(const std::string& line) {
  using wire::pop3::Verb;
  const Command command = wire::pop3::parse_command(line);
  Next next = Next::go_on;
  if (!command.wrong.empty()) {
    next = bad(command.wrong);
  } else if (command.verb == Verb::quit) {
    co_await quit();
    next = Next::end;
  } else if (command.verb == Verb::capa) {
    capa();
  } else if (maildrop_) {
    next = co_await transaction(command);
  } else {
    next = co_await before_login(command);
  }
  co_await flush_if_large();
  co_return next;
}

void Session::capa() {
  ok("this is what there is");
  for (const char* name :
       {"TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "UTF8 USER", "EXPIRE NEVER"}) {
    out_ += name;
    out_ += "\r\n";
  }
  if (!maildrop_) {
    const auto mechanisms =
        access::SaslServer::offered(surroundings_.directory, peer(), stream_.tls_bindings());
    if (!mechanisms.empty()) out_ += fmt::format("USER\r\nSASL {}\r\n", fmt::join(mechanisms, " "));
    if (surroundings_.tls != nullptr && !stream_.secure()) out_ += "STLS\r\n";
  }
  out_ += "IMPLEMENTATION Postern\r\n.\r\n";
}

asio::awaitable<void> Session::quit() {
  if (maildrop_) {
    co_await update();
  } else {
    ok("bye");
  }
}

}  // namespace postern::pop3
