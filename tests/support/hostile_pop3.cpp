#include "tests/support/hostile_pop3.h"

#include <algorithm>
#include <set>
#include <utility>

#include "sync/net/dial.h"
#include "sync/net/error.h"

namespace postern::test {

namespace {

using namespace std::chrono_literals;
using Body = HostilePop3::Quirks::Body;

std::string verb_of(const std::string& command) {
  return command.substr(0, command.find(' '));
}

std::size_t number_of(const std::string& command) {
  return std::stoul(command.substr(command.find(' ') + 1));
}

/// The messages as they go over the wire: octets as they are, dots stuffed behind CRLF only.
std::string stuffed(const std::string& octets, Body body) {
  std::string out;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const bool line_start = i == 0 || (i >= 2 && octets[i - 2] == '\r' && octets[i - 1] == '\n');
    if (line_start && octets[i] == '.' && body != Body::unstuffed) out += '.';
    out += octets[i];
  }
  if (!out.empty() && !out.ends_with("\r\n")) out += "\r\n";
  switch (body) {
    case Body::right:
    case Body::unstuffed: return out + ".\r\n";
    case Body::glued_dot: return out.substr(0, out.size() - 2) + ".\r\n";
    case Body::lone_lf: return out.substr(0, out.size() - 2) + "\n.\n";
    case Body::lone_cr: return out.substr(0, out.size() - 2) + "\r.\r";
  }
  return out;
}

}  // namespace

struct HostilePop3::Session {
  explicit Session(net::Stream s) : stream(std::move(s)) {}
  net::Stream stream;
  std::string input;
  std::size_t lines = 0;
  std::size_t body_octets = 0;
  bool logged_in = false;
  std::vector<Message> messages;  ///< as they were at the login
  std::set<std::size_t> deleted;
  std::set<std::size_t> popped;
};

HostilePop3::HostilePop3(asio::any_io_executor executor, const net::TlsServer* tls, Start start)
    : executor_(executor), tls_(tls), start_(start), tasks_(executor, "hostile") {
  listener_.emplace(net::Listener::open(executor, "127.0.0.1:0").value());
  port_ = listener_->port();
  tasks_.spawn("accept", accept());
}

HostilePop3::~HostilePop3() = default;

void HostilePop3::stop() {
  listener_->close();
  tasks_.cancel();
}

std::size_t HostilePop3::count(std::string_view verb) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      commands, [&](const std::string& command) { return verb_of(command) == verb; }));
}

asio::awaitable<void> HostilePop3::accept() {
  while (true) {
    net::Stream stream = co_await listener_->accept();
    tasks_.spawn("session", serve(std::move(stream)));
  }
}

asio::awaitable<void> HostilePop3::serve(net::Stream stream) {
  ++sessions;
  Session session(std::move(stream));
  try {
    if (start_ == Start::tls) co_await session.stream.start_tls(*tls_, 5s);
    co_await converse(session);
  } catch (const Cut&) {
    session.stream.close();
  } catch (const net::Error&) {
    // The client went away.
  }
  lines_sent = session.lines;
}

asio::awaitable<void> HostilePop3::converse(Session& session) {
  co_await say(session, quirks.greeting);
  while (true) {
    const auto command = co_await read_command(session);
    if (!command) co_return;
    commands.push_back(*command);
    if (on_command) on_command(*command);
    const auto in_flight = 1 + std::ranges::count(session.input, '\n');
    most_in_flight = std::max(most_in_flight, static_cast<std::size_t>(in_flight));
    const bool go_on = co_await answer(session, *command);
    if (!go_on) break;
  }
  co_await session.stream.shutdown();
}

asio::awaitable<std::optional<std::string>> HostilePop3::read_command(Session& session) {
  while (session.input.find('\n') == std::string::npos) {
    char buffer[4096];
    const std::span<char> into(buffer);
    const std::size_t octets = co_await session.stream.read_some(into, 20s);
    session.input.append(buffer, octets);
  }
  const std::size_t end = session.input.find('\n');
  std::string line = session.input.substr(0, end);
  session.input.erase(0, end + 1);
  if (line.ends_with('\r')) line.pop_back();
  co_return line;
}

/// Sends as much as the scenario lets through.
asio::awaitable<void> HostilePop3::say(Session& session, std::string text) {
  if (quirks.garbled) {
    auto garbled = quirks.garbled(std::move(text));
    if (!garbled) throw Cut{};
    text = std::move(*garbled);
  }
  bool cut = false;
  if (quirks.cut_at_line) {
    std::size_t end = 0;
    while (end < text.size() && !cut) {
      cut = session.lines == *quirks.cut_at_line;
      if (cut) break;
      const std::size_t lf = text.find('\n', end);
      end = lf == std::string::npos ? text.size() : lf + 1;
      ++session.lines;
    }
    text.resize(end);
  } else {
    session.lines += static_cast<std::size_t>(std::ranges::count(text, '\n'));
  }
  co_await write(session, std::move(text));
  if (cut) throw Cut{};
}

/// In the pieces and with the pauses of the scenario.
asio::awaitable<void> HostilePop3::write(Session& session, std::string text) {
  if (quirks.line_end == Quirks::LineEnd::lf && !text.starts_with("+OK retr"))
    std::erase(text, '\r');
  const std::size_t piece = quirks.piece == 0 ? text.size() : quirks.piece;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    if (quirks.wait > 0ms) co_await net::pause(quirks.wait);
    co_await session.stream.write(std::string_view(text).substr(at, piece), 20s);
  }
}

/// Until the client has had enough.
asio::awaitable<void> HostilePop3::say_for_ever(Session& session, std::string text) {
  std::string block = text;
  while (block.size() < 16384 && quirks.wait == 0ms) block += text;
  co_await write(session, "+OK\r\n");
  while (true) co_await write(session, block);
}

asio::awaitable<bool> HostilePop3::answer(Session& session, const std::string& command) {
  const std::string verb = verb_of(command);
  if (script) {
    const auto scripted = script(command, session.stream);
    if (scripted) {
      if (scripted->text.empty()) throw Cut{};
      if (scripted->then == Scripted::Then::logged_in) enter(session);
      co_await say(session, scripted->text);
      co_return true;
    }
  }
  auto raw = quirks.instead.find(command);
  if (raw == quirks.instead.end()) raw = quirks.instead.find(verb);
  if (raw != quirks.instead.end()) {
    const std::string text = raw->second;
    if (text.empty()) throw Cut{};
    co_await say(session, text);
    co_return true;
  }
  auto endless = quirks.endless.find(command);
  if (endless == quirks.endless.end()) endless = quirks.endless.find(verb);
  if (endless != quirks.endless.end()) co_await say_for_ever(session, endless->second);
  if (verb == "STLS") {
    co_await begin_tls(session);
  } else if (verb == "CAPA") {
    co_await say(session, capabilities(session));
  } else if (verb == "PASS" || verb == "AUTH") {
    enter(session);
    co_await say(session, "+OK welcome\r\n");
  } else if (verb == "STAT" || verb == "LIST" || verb == "UIDL") {
    co_await say(session, listing(session, verb));
  } else if (verb == "RETR") {
    co_await send_message(session, number_of(command));
  } else if (verb == "TOP") {
    co_await send_header(session, number_of(command));
  } else if (verb == "DELE") {
    const std::size_t number = number_of(command);
    const bool refused = std::ranges::find(quirks.refuse_dele, number) != quirks.refuse_dele.end();
    if (!refused) session.deleted.insert(number);
    co_await say(session, refused ? "-ERR cannot\r\n" : "+OK marked\r\n");
  } else if (verb == "QUIT") {
    ++quits;
    if (quirks.quit == Quit::lost_before) throw Cut{};
    if (quirks.quit != Quit::refused) update(session);
    if (quirks.quit == Quit::lost_after) throw Cut{};
    co_await say(session, quirks.quit == Quit::refused ? "-ERR some remain\r\n" : "+OK bye\r\n");
    co_return false;
  } else {
    co_await say(session, "+OK\r\n");
  }
  co_return true;
}

void HostilePop3::enter(Session& session) {
  if (quirks.on_login) quirks.on_login(*this);
  session.logged_in = true;
  session.messages = maildrop;
  at_login = maildrop;
}

asio::awaitable<void> HostilePop3::begin_tls(Session& session) {
  co_await say(session, "+OK begin\r\n" + quirks.behind_stls);
  co_await session.stream.start_tls(*tls_, 5s);
}

asio::awaitable<void> HostilePop3::send_message(Session& session, std::size_t number) {
  if (number == 0 || number > session.messages.size()) {
    co_await say(session, "-ERR no such message\r\n");
    co_return;
  }
  const std::string& octets = session.messages[number - 1].octets;
  std::string text =
      "+OK retr " + std::to_string(octets.size()) + " octets\r\n" + stuffed(octets, quirks.body);
  if (quirks.cut_after_body_octets &&
      session.body_octets + text.size() > *quirks.cut_after_body_octets) {
    text.resize(*quirks.cut_after_body_octets - session.body_octets);
    co_await write(session, std::move(text));
    throw Cut{};
  }
  session.body_octets += text.size();
  co_await say(session, std::move(text));
  session.popped.insert(number);
  ++retrieved[octets];
}

asio::awaitable<void> HostilePop3::send_header(Session& session, std::size_t number) {
  if (number == 0 || number > session.messages.size()) {
    co_await say(session, "-ERR no such message\r\n");
    co_return;
  }
  const std::string& octets = session.messages[number - 1].octets;
  const std::size_t end = octets.find("\r\n\r\n");
  std::string header = octets.substr(0, end == std::string::npos ? octets.size() : end + 4);
  header.insert(0, quirks.above_header);
  co_await say(session, "+OK\r\n" + stuffed(header, Body::right));
}

std::string HostilePop3::listing(const Session& session, const std::string& verb) const {
  std::size_t octets = 0;
  std::string lines;
  for (std::size_t i = 0; i < session.messages.size(); ++i) {
    const Message& message = session.messages[i];
    octets += message.octets.size();
    lines += std::to_string(i + 1) + " " +
             (verb == "LIST" ? std::to_string(message.octets.size()) : message.uidl) + "\r\n";
  }
  const std::string totals =
      "+OK " + std::to_string(session.messages.size()) + " " + std::to_string(octets) + "\r\n";
  return verb == "STAT" ? totals : totals + lines + ".\r\n";
}

std::string HostilePop3::capabilities(const Session& session) const {
  const auto* lines = &quirks.capa;
  if (session.stream.secure() && quirks.capa_after_tls) lines = &*quirks.capa_after_tls;
  if (session.logged_in && quirks.capa_after_login) lines = &*quirks.capa_after_login;
  std::string text = "+OK\r\n";
  for (const std::string& line : *lines) text += line + "\r\n";
  return text + ".\r\n";
}

/// RFC 1939 section 6: the messages that were marked, by what they are, not by where they stand
/// now.
void HostilePop3::update(Session& session) {
  std::set<std::size_t> gone = session.deleted;
  if (quirks.popped_vanish) gone.insert(session.popped.begin(), session.popped.end());
  for (const std::size_t number : gone) {
    const Message& message = session.messages[number - 1];
    const auto place = std::ranges::find_if(maildrop, [&](const Message& other) {
      return other.uidl == message.uidl && other.octets == message.octets;
    });
    if (place != maildrop.end()) maildrop.erase(place);
  }
}

}  // namespace postern::test
