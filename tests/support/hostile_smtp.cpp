#include "tests/support/hostile_smtp.h"

#include <algorithm>
#include <span>
#include <utility>

#include "sync/net/error.h"

namespace postern::test {

namespace {

using namespace std::chrono_literals;

std::string verb_of(const std::string& command) {
  return command.substr(0, command.find(' '));
}

}  // namespace

struct HostileSmtp::Session {
  explicit Session(net::Stream s) : stream(std::move(s)) {}
  net::Stream stream;
  std::string input;
  std::string chunks;
  bool logged_in = false;
};

HostileSmtp::HostileSmtp(asio::any_io_executor executor, const net::TlsServer* tls)
    : tls_(tls), tasks_(executor, "hostile") {
  listener_.emplace(net::Listener::open(executor, "127.0.0.1:0").value());
  port_ = listener_->port();
  tasks_.spawn("accept", accept());
}

HostileSmtp::~HostileSmtp() = default;

void HostileSmtp::stop() {
  listener_->close();
  tasks_.cancel();
}

asio::awaitable<void> HostileSmtp::join() {
  co_await tasks_.join();
}

std::size_t HostileSmtp::count(std::string_view verb) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      commands, [&](const std::string& command) { return verb_of(command) == verb; }));
}

asio::awaitable<void> HostileSmtp::accept() {
  while (true) {
    net::Stream stream = co_await listener_->accept();
    tasks_.spawn("session", serve(std::move(stream)));
  }
}

asio::awaitable<void> HostileSmtp::serve(net::Stream stream) {
  Session session(std::move(stream));
  try {
    co_await converse(session);
  } catch (const net::Error&) {
    // The client went away.
  }
  session.stream.close();
}

asio::awaitable<void> HostileSmtp::converse(Session& session) {
  bool go_on = co_await say(session, "greeting", "220 mx.example ESMTP\r\n");
  while (go_on) {
    const std::string command = co_await line(session);
    commands.push_back(command);
    const auto in_flight = 1 + std::ranges::count(session.input, '\n');
    if (verb_of(command) != "BDAT")
      most_in_flight = std::max(most_in_flight, static_cast<std::size_t>(in_flight));
    go_on = co_await answer(session, command);
  }
}

asio::awaitable<void> HostileSmtp::more(Session& session) {
  char buffer[4096];
  const std::span<char> into(buffer);
  const std::size_t octets = co_await session.stream.read_some(into, 20s);
  session.input.append(buffer, octets);
}

asio::awaitable<std::string> HostileSmtp::line(Session& session) {
  while (session.input.find("\r\n") == std::string::npos) co_await more(session);
  const std::size_t end = session.input.find("\r\n");
  std::string out = session.input.substr(0, end);
  session.input.erase(0, end + 2);
  co_return out;
}

/// False: the connection ends.
asio::awaitable<bool> HostileSmtp::say(Session& session, std::string key, std::string usual) {
  auto found = instead.find(key);
  if (found == instead.end()) found = instead.find(verb_of(key));
  const std::string text = found == instead.end() ? std::move(usual) : found->second;
  on_step();
  if (text.empty()) co_return false;
  co_await session.stream.write(text, 5s);
  on_step();
  co_return true;
}

asio::awaitable<bool> HostileSmtp::answer(Session& session, const std::string& command) {
  const std::string verb = verb_of(command);
  if (verb == "EHLO") co_return co_await say(session, command, hello(session));
  if (verb == "STARTTLS") {
    const bool right = !instead.contains(verb);
    const bool said = co_await say(session, verb, "220 begin\r\n" + behind_starttls);
    if (said && right) co_await session.stream.start_tls(*tls_, 5s);
    co_return said;
  }
  if (verb == "DATA") {
    const bool right = !instead.contains(verb);
    const bool said = co_await say(session, verb, "354 go on\r\n");
    if (!said || !right) co_return said;
    co_await take_data(session);
    co_return co_await say(session, ".", "250 2.0.0 taken\r\n");
  }
  if (verb == "BDAT") {
    co_await take_chunk(session, std::stoul(command.substr(5)));
    const bool last = command.ends_with(" LAST");
    if (last) messages.push_back(std::exchange(session.chunks, {}));
    // Named before it is awaited: GCC 12 destroys temporaries of an awaited condition twice.
    const std::string key = last ? "." : command;
    co_return co_await say(session, key, "250 octets\r\n");
  }
  if (verb == "AUTH") {
    session.logged_in = true;
    co_return co_await say(session, command, "235 2.7.0 welcome\r\n");
  }
  const bool said = co_await say(session, command, "250 2.0.0 good\r\n");
  co_return said&& verb != "QUIT";
}

asio::awaitable<void> HostileSmtp::take_data(Session& session) {
  while (!session.input.starts_with(".\r\n") && !session.input.contains("\r\n.\r\n"))
    co_await more(session);
  const std::size_t at = session.input.find("\r\n.\r\n");
  const std::size_t octets = session.input.starts_with(".\r\n") ? 3 : at + 5;
  messages.push_back(session.input.substr(0, octets));
  session.input.erase(0, octets);
}

asio::awaitable<void> HostileSmtp::take_chunk(Session& session, std::size_t octets) {
  while (session.input.size() < octets) co_await more(session);
  session.chunks += session.input.substr(0, octets);
  session.input.erase(0, octets);
}

std::string HostileSmtp::hello(const Session& session) const {
  const auto& before = session.stream.secure() && offers_after_tls ? *offers_after_tls : offers;
  const auto& list = session.logged_in && offers_after_login ? *offers_after_login : before;
  std::string out = "250-mx.example\r\n";
  for (const std::string& offer : list) out += "250-" + offer + "\r\n";
  return out + "250 HELP\r\n";
}

}  // namespace postern::test
