#include "sync/net/stream.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include <fmt/core.h>
#include <asio/buffer.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/socket_base.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/net/stream_state.h"

namespace postern::net {
namespace {

constexpr auto as_tuple = asio::experimental::as_tuple(asio::use_awaitable);
constexpr std::size_t compressed_at_once = 64 * 1024;
constexpr std::chrono::seconds goodbye_time{1};
constexpr std::chrono::milliseconds look_again_after{50};

bool is_loopback(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
  }
  return address.is_loopback();
}

}  // namespace

Stream::State::State(asio::ip::tcp::socket s) : socket(s.get_executor()), timer_(s.get_executor()) {
  asio::error_code ignored;
  const auto local = s.local_endpoint(ignored).address();
  const auto remote = s.remote_endpoint(ignored);
  loopback = is_loopback(local) && is_loopback(remote.address());
  peer_address = remote.address().to_string();
  peer = fmt::format(fmt::runtime(remote.address().is_v6() ? "[{}]:{}" : "{}:{}"), peer_address,
                     remote.port());
  s.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket = std::move(s);
  if (socket.is_open()) ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
}

Stream::State::State(asio::local::stream_protocol::socket s)
    : socket(std::move(s)),
      loopback(true),
      peer("local"),
      peer_address("local"),
      timer_(socket.get_executor()) {
  if (socket.is_open()) ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
}

void Stream::State::begin(Side side, Duration within) {
  if (!socket.is_open()) throw Error(ErrorKind::cancelled, "the connection was closed here");
  wait(side) = {std::chrono::steady_clock::now() + within, false};
  watch();
}

void Stream::State::end(Side side, const asio::error_code& error, std::string_view doing) {
  wait(side).deadline.reset();
  if (!error) return;
  if (std::exchange(wait(side).passed, false)) {
    throw Error(ErrorKind::timeout, fmt::format("no answer in time while {}", doing));
  }
  fail(error, doing);
}

void Stream::State::watch() {
  std::optional<Time> next = reading_.deadline;
  if (writing_.deadline && (!next || *writing_.deadline < *next)) next = writing_.deadline;
  if (!next || (armed_ && *armed_ <= *next)) return;
  armed_ = next;
  timer_.expires_at(*next);
  timer_.async_wait([weak = weak_from_this()](const asio::error_code& error) {
    auto self = weak.lock();
    if (!self || error) return;
    self->armed_.reset();
    self->look();
    self->watch();
  });
}

void Stream::State::look() {
  const Time now = std::chrono::steady_clock::now();
  const auto late = [now](const Wait& waiting) {
    return waiting.deadline && *waiting.deadline <= now;
  };
  if (!late(reading_) && !late(writing_)) return;
  // Only what is under way ends: after a read that took too long a BYE can still be written. An
  // operation of the other direction ends with it, and for the same reason. A step that is just
  // done cannot be cancelled, and the operation may go on with another one: so this looks again
  // until the operation has ended.
  for (Wait* waiting : {&reading_, &writing_}) {
    if (waiting->deadline) *waiting = {now + look_again_after, true};
  }
  asio::error_code ignored;
  socket.cancel(ignored);
}

void Stream::State::close() noexcept {
  reading_.deadline.reset();
  writing_.deadline.reset();
  asio::error_code ignored;
  socket.close(ignored);
}

void Stream::State::add_tls(bssl::UniquePtr<SSL> session, TlsLayer::Role role) {
  socket.native_non_blocking(true);
  tls = std::make_unique<TlsLayer>(socket.native_handle(), std::move(session), role);
}

void Stream::State::fail(const asio::error_code& error, std::string_view doing) const {
  if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) {
    throw Error(ErrorKind::cancelled, fmt::format("stopped while {}", doing));
  }
  if (error == asio::error::eof) {
    throw Error(ErrorKind::closed,
                fmt::format("the other side closed the connection while {}", doing));
  }
  const bool cut =
      error == asio::ssl::error::stream_truncated ||
      (tls && (error == asio::error::connection_reset || error == asio::error::broken_pipe));
  if (cut) {
    throw Error(ErrorKind::truncated,
                fmt::format("the connection was cut inside TLS while {}; what came last may be "
                            "incomplete",
                            doing));
  }
  if (error.category() == asio::error::get_ssl_category()) {
    throw Error(ErrorKind::tls, fmt::format("TLS failed while {}: {}", doing, error.message()));
  }
  throw Error(ErrorKind::io,
              fmt::format("the connection was lost while {}: {}", doing, error.message()));
}

Stream::Stream(asio::ip::tcp::socket socket) : state_(std::make_shared<State>(std::move(socket))) {}
Stream::Stream(asio::local::stream_protocol::socket socket)
    : state_(std::make_shared<State>(std::move(socket))) {}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;
Stream::~Stream() {
  if (state_) state_->close();
}

asio::awaitable<std::size_t> Stream::State::receive(std::span<char> into, Duration within) {
  begin(Side::reading, within);
  if (tls) {
    const TlsLayer::Step step = co_await complete([&] { return tls->read(into); });
    end(Side::reading, step.error, "reading");
    co_return step.octets;
  }
  const auto buffer = asio::buffer(into.data(), into.size());
  const auto [error, count] = co_await socket.async_read_some(buffer, as_tuple);
  end(Side::reading, count == 0 ? error : asio::error_code(), "reading");
  co_return count;
}

/// What comes goes through the room of the caller, so that none is held while nothing comes.
asio::awaitable<std::size_t> Stream::State::receive_compressed(std::span<char> into,
                                                               Duration within) {
  using Outcome = DeflateLayer::Outcome;
  const Time deadline = std::chrono::steady_clock::now() + within;
  while (true) {
    const DeflateLayer::Step step = deflate->expand(into);
    if (step.outcome == Outcome::octets) {
      // Others get their turn, however much a few octets swell up to.
      co_await asio::post(socket.get_executor(), as_tuple);
      co_return step.octets;
    }
    if (step.outcome == Outcome::end) fail(asio::error::eof, "reading");
    if (step.outcome == Outcome::broken)
      throw Error(ErrorKind::io, "the other side sent what is not compressed as it should be");
    deflate->rest();
    const Duration left = deadline - std::chrono::steady_clock::now();
    // What holds no octets, and there may be much of it, is no reason to go on.
    if (left <= Duration::zero()) fail(asio::error::timed_out, "reading");
    const std::size_t count = co_await receive(into, left);
    deflate->feed(std::string_view(into.data(), count));
  }
}

asio::awaitable<void> Stream::State::send(std::string_view octets, Duration within) {
  while (!octets.empty()) {
    begin(Side::writing, within);
    std::size_t done = 0;
    if (tls) {
      const TlsLayer::Step step = co_await complete([&] { return tls->write(octets); });
      end(Side::writing, step.error, "writing");
      done = step.octets;
    } else {
      // The system takes what it has room for, and each such step has the deadline anew.
      const auto buffer = asio::buffer(octets);
      const auto [error, count] = co_await socket.async_write_some(buffer, as_tuple);
      end(Side::writing, error, "writing");
      done = count;
    }
    octets.remove_prefix(done);
  }
}

asio::awaitable<std::size_t> Stream::read_some(std::span<char> into, Duration within) {
  const auto state = state_;
  if (state->deflate) co_return co_await state->receive_compressed(into, within);
  co_return co_await state->receive(into, within);
}

asio::awaitable<void> Stream::write(std::string_view octets, Duration within) {
  const auto state = state_;
  if (!state->deflate) {
    co_await state->send(octets, within);
    co_return;
  }
  while (!octets.empty()) {
    const std::string compressed = state->deflate->compress(octets.substr(0, compressed_at_once));
    octets.remove_prefix(std::min(compressed_at_once, octets.size()));
    co_await state->send(compressed, within);
  }
  // As in IDLE: there may be nothing more to say for long.
  if (state->reads()) state->deflate->rest_compressor();
}

void Stream::start_compression() {
  assert(!state_->deflate);
  state_->deflate = std::make_unique<DeflateLayer>();
}

bool Stream::compressed() const {
  return state_->deflate != nullptr;
}

Stream::OtherSide Stream::other_side() const {
  if (!state_->socket.is_open()) return OtherSide::gone;
  // Unlike a read this tells of an end behind octets that nobody has read.
  pollfd look{.fd = state_->socket.native_handle(), .events = POLLRDHUP, .revents = 0};
  if (::poll(&look, 1, 0) != 1) return OtherSide::there;
  return (look.revents & (POLLERR | POLLHUP)) != 0 ? OtherSide::gone : OtherSide::silent;
}

bool Stream::secure() const {
  return state_->tls != nullptr;
}

asio::awaitable<void> Stream::shutdown() {
  const auto state = state_;
  try {
    state->begin(State::Side::reading, goodbye_time);
    if (state->tls) {
      // The other side's close_notify is not waited for: most never send it, and what is lost is
      // nothing.
      (void)co_await state->complete([&] { return state->tls->end(); });
    }
    asio::error_code error;
    state->socket.shutdown(asio::socket_base::shutdown_send, error);
    // Closing with unread octets would make the system send a reset, which can overtake our last
    // words: read them away until the other side ends too.
    std::array<char, 4096> discarded{};
    const auto deadline = std::chrono::steady_clock::now() + goodbye_time;
    while (!error && std::chrono::steady_clock::now() < deadline) {
      const auto [failure, count] =
          co_await state->socket.async_read_some(asio::buffer(discarded), as_tuple);
      error = failure;
    }
  } catch (const std::exception&) {
    // Nothing to tell: the connection ends either way.
  }
  state->close();
}

void Stream::close() noexcept {
  state_->close();
}

void Stream::abort() noexcept {
  asio::error_code ignored;
  state_->socket.set_option(asio::socket_base::linger(true, 0), ignored);
  state_->close();
}

bool Stream::loopback() const {
  return state_->loopback;
}

std::string Stream::peer() const {
  return state_->peer;
}

std::string Stream::peer_address() const {
  return state_->peer_address;
}

}  // namespace postern::net
