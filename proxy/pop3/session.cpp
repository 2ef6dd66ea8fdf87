#include "proxy/pop3/session.h"

#include <utility>

#include "sync/base/log.h"
#include "sync/net/tls.h"

namespace postern::pop3 {

namespace {

constexpr std::size_t input_octets = 16UL * 1024;
constexpr std::size_t much_output = 64UL * 1024;

}  // namespace

Session::Session(asio::any_io_executor executor, net::Stream stream, Surroundings& surroundings,
                 Start start)
    : executor_(std::move(executor)),
      stream_(std::move(stream)),
      surroundings_(surroundings),
      start_(start),
      since_(wall_now()),
      buffer_(input_octets),
      framer_(surroundings.limits.command_line) {}

Session::~Session() {
  release();
}

asio::awaitable<void> Session::run() {
  if (start_ == Start::tls)
    co_await stream_.start_tls(*surroundings_.tls, surroundings_.limits.handshake);
  co_await greet();
  Next next = Next::go_on;
  while (next == Next::go_on) {
    std::optional<std::string> line = co_await read_line();
    if (!line) {
      err("the line is too long");
      break;
    }
    next = co_await execute(std::move(*line));
    if (stopping_) break;
  }
  release();
  co_await flush();
  co_await stream_.shutdown();
}

void Session::ask_to_stop() {
  stopping_ = true;
  if (waiting_) stream_.close();
}

SessionFacts Session::facts() const {
  return {stream_.peer(), account_, since_, stream_.secure()};
}

access::Peer Session::peer() const {
  return {stream_.peer_address(), stream_.loopback(), stream_.secure()};
}

/// nullopt for a line beyond the limit.
asio::awaitable<std::optional<std::string>> Session::read_line() {
  using Status = wire::pop3::LineFramer::Status;
  const Limits& limits = surroundings_.limits;
  while (true) {
    const Status status = framer_.next(rest_);
    if (status == Status::line) co_return std::string(framer_.line());
    if (status == Status::too_long) co_return std::nullopt;
    co_await flush();
    const std::span<char> into(buffer_);
    waiting_ = true;
    const std::size_t octets =
        co_await stream_.read_some(into, maildrop_ ? limits.idle : limits.before_login);
    waiting_ = false;
    rest_ = std::string_view(buffer_.data(), octets);
  }
}

asio::awaitable<void> Session::flush() {
  if (out_.empty()) co_return;
  co_await stream_.write(out_, surroundings_.limits.stalled);
  out_.clear();
}

asio::awaitable<void> Session::flush_if_much() {
  if (out_.size() >= much_output) co_await flush();
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

asio::awaitable<Session::Next> Session::execute(std::string line) {
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
  wipe(line.data(), line.size());
  co_await flush_if_much();
  co_return next;
}

void Session::capa() {
  ok("this is what there is");
  for (const char* name : {"TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING"}) {
    out_ += name;
    out_ += "\r\n";
  }
  if (!maildrop_) {
    if (access::Directory::may_send_password(peer())) out_ += "USER\r\nSASL PLAIN\r\n";
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
