#include "sync/net/splice.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <span>
#include <utility>

#include <asio/error.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/base/texts.h"
#include "sync/base/wiping.h"
#include "sync/net/stream_state.h"

namespace postern::net {
namespace {

using Clock = std::chrono::steady_clock;
using State = Stream::State;
using Step = TlsLayer::Step;
using Wants = TlsLayer::Wants;

constexpr std::size_t buffer_octets = 64UL * 1024;
/// So many buffers in a row, then others get their turn.
constexpr int most_rounds = 4;

Step of_system(ssize_t result, Wants wants) {
  if (result >= 0) return {Wants::nothing, static_cast<std::size_t>(result), {}};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {wants, 0, {}};
  return {Wants::nothing, 0, asio::error_code(errno, asio::error::get_system_category())};
}

/// The number of a socket closed here may be another socket's by now.
constexpr auto gone = asio::error::bad_descriptor;

Step read_now(State& from, std::span<char> into) {
  if (!from.socket.is_open()) return {Wants::nothing, 0, gone};
  if (from.tls) return from.tls->read(into);
  Step step = of_system(::recv(from.socket.native_handle(), into.data(), into.size(), MSG_DONTWAIT),
                        Wants::reading);
  if (step.wants == Wants::nothing && !step.error && step.octets == 0)
    step.error = asio::error::eof;
  return step;
}

/// Record by record while there is room for it. A failure behind what was taken shows again.
Step write_records(TlsLayer& to, std::string_view octets) {
  std::size_t done = 0;
  while (true) {
    const Step step = to.write(octets.substr(done));
    done += step.octets;
    const bool stuck = step.wants != Wants::nothing || step.error;
    if (stuck && done == 0) return step;
    if (stuck || done == octets.size()) return {Wants::nothing, done, {}};
  }
}

Step write_now(State& to, std::string_view octets) {
  if (!to.socket.is_open()) return {Wants::nothing, 0, gone};
  if (to.tls) return write_records(*to.tls, octets);
  return of_system(
      ::send(to.socket.native_handle(), octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL),
      Wants::writing);
}

/// What it waits for to be repeated.
Wants end_writing(State& to) {
  if (!to.socket.is_open()) return Wants::nothing;
  if (to.tls) {
    if (const Step step = to.tls->end(); step.wants == Wants::writing) return step.wants;
  }
  asio::error_code ignored;
  to.socket.shutdown(asio::socket_base::shutdown_send, ignored);
  return Wants::nothing;
}

}  // namespace

/// One pair under way, shared with the waits of its sockets.
class Splicer::Passage : public std::enable_shared_from_this<Passage> {
 public:
  Passage(std::shared_ptr<State> left, std::shared_ptr<State> right, SpliceLimits limits, Tap* tap,
          std::span<char> buffer)
      : ways_{{left, right, SpliceEnd::Why::left_lost}, {right, left, SpliceEnd::Why::right_lost}},
        limits_(limits),
        tap_(tap),
        buffer_(buffer),
        news_(left->socket.get_executor()) {}

  asio::awaitable<SpliceEnd> run();
  /// Nothing is touched any more.
  void stop(SpliceEnd::Why why, std::string words = {});

 private:
  struct Way {
    std::shared_ptr<State> from;
    std::shared_ptr<State> to;
    SpliceEnd::Why lost;    ///< what it means if `from` is
    std::string pending{};  ///< not taken by `to` yet
    bool reading = false;
    bool writing = false;
    bool ended = false;     ///< nothing comes any more
    bool finished = false;  ///< and nothing goes
    std::string failure{};  ///< why it ended
  };

  void flow(Way& way);
  bool drain(Way& way);
  void finish(Way& way);
  /// Whether there may be more to read.
  bool take(Way& way);
  void look_at(Way& way, std::string_view octets);
  void wait(Way& way, State& socket, Wants wants, bool Way::* under_way);
  void later(Way& way);
  /// What a tap answers the left side waits there: more of it is read when that is taken.
  void resume_left();
  void settle();
  [[nodiscard]] Way& other(const Way& way) { return &way == &ways_[0] ? ways_[1] : ways_[0]; }
  [[nodiscard]] bool may_read(const Way& way) const;
  [[nodiscard]] Clock::time_point deadline() const;

  Way ways_[2];
  SpliceLimits limits_;
  Tap* tap_;
  std::span<char> buffer_;
  asio::steady_timer news_;
  const Clock::time_point begun_ = Clock::now();
  Clock::time_point last_ = begun_;
  std::optional<SpliceEnd> end_;
};

asio::awaitable<SpliceEnd> Splicer::Passage::run() {
  for (Way& way : ways_) flow(way);
  while (!end_) {
    news_.expires_at(deadline());
    const auto [error] =
        co_await news_.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
    (void)error;
    if (!end_ && Clock::now() >= deadline()) stop(SpliceEnd::Why::idle);
  }
  co_return *end_;
}

Clock::time_point Splicer::Passage::deadline() const {
  const bool half = ways_[0].finished || ways_[1].finished;
  auto at = last_ + (half ? std::min(limits_.half_closed, limits_.idle) : limits_.idle);
  if (limits_.whole != Stream::Duration::max()) at = std::min(at, begun_ + limits_.whole);
  return at;
}

void Splicer::Passage::stop(SpliceEnd::Why why, std::string words) {
  if (end_) return;
  end_ = SpliceEnd{why, std::move(words)};
  for (Way& way : ways_) {
    asio::error_code ignored;
    if (way.reading || way.writing) way.from->socket.cancel(ignored);
    if (way.reading || way.writing) way.to->socket.cancel(ignored);
  }
  news_.cancel();
}

bool Splicer::Passage::may_read(const Way& way) const {
  if (tap_ == nullptr) return true;
  if (tap_->over()) return false;
  return &way != &ways_[0] || (tap_->takes_left() && ways_[1].pending.empty());
}

void Splicer::Passage::flow(Way& way) {
  for (int round = 0; !end_ && !way.finished; ++round) {
    if (!drain(way)) return;
    if (&way == &ways_[1]) resume_left();
    if (way.ended && tap_ != nullptr && tap_->over()) return settle();
    if (way.ended && tap_ != nullptr && &way == &ways_[0] && tap_->holds_left()) return;
    if (way.ended) return finish(way);
    if (way.reading || !may_read(way)) return settle();
    if (round == most_rounds) return later(way);
    if (!take(way)) return settle();
  }
}

void Splicer::Passage::later(Way& way) {
  way.reading = true;
  asio::post(way.from->socket.get_executor(), [self = shared_from_this(), &way] {
    way.reading = false;
    self->flow(way);
  });
}

void Splicer::Passage::resume_left() {
  Way& left = ways_[0];
  if (tap_ != nullptr && !left.reading && !left.writing && !left.finished && may_read(left))
    later(left);
}

/// What a tap that is over had to say is written before all ends.
void Splicer::Passage::settle() {
  if (tap_ != nullptr && tap_->over() && ways_[0].pending.empty() && ways_[1].pending.empty())
    stop(SpliceEnd::Why::tap);
}

bool Splicer::Passage::drain(Way& way) {
  if (way.pending.empty()) return true;
  if (way.writing) return false;
  const Step step = write_now(*way.to, way.pending);
  if (step.wants != Wants::nothing) {
    wait(way, *way.to, step.wants, &Way::writing);
    return false;
  }
  if (step.error) {
    // What the other side said before it went away may still be there to read.
    release(way.pending);
    way.ended = way.finished = true;
    if (&way == &ways_[1]) resume_left();
    news_.cancel();
    if (other(way).finished) stop(other(way).lost, "it does not take anything any more");
    settle();
    return false;
  }
  last_ = Clock::now();
  if (step.octets < way.pending.size()) {
    way.pending.erase(0, step.octets);
    return drain(way);
  }
  if (tap_ != nullptr) wipe(way.pending);
  release(way.pending);
  return true;
}

void Splicer::Passage::finish(Way& way) {
  if (way.writing) return;
  if (!way.failure.empty()) return stop(way.lost, way.failure);
  if (const Wants wants = end_writing(*way.to); wants != Wants::nothing)
    return wait(way, *way.to, wants, &Way::writing);
  way.finished = true;
  if (other(way).finished) return stop(SpliceEnd::Why::ended);
  // From now on the shorter limit holds.
  news_.cancel();
}

bool Splicer::Passage::take(Way& way) {
  const Step step = read_now(*way.from, buffer_);
  if (step.wants != Wants::nothing) {
    wait(way, *way.from, step.wants, &Way::reading);
    return false;
  }
  if (step.error) {
    way.ended = true;
    if (step.error != asio::error::eof) {
      way.failure = step.error == asio::ssl::error::stream_truncated
                        ? "the connection was cut inside TLS"
                        : "the connection was lost: " + step.error.message();
    }
    if (tap_ != nullptr && &way == &ways_[1] && way.failure.empty())
      tap_->right_ended({ways_[1].pending, ways_[0].pending});
    return true;
  }
  last_ = Clock::now();
  const std::string_view octets(buffer_.data(), step.octets);
  if (tap_ != nullptr) {
    look_at(way, octets);
    return true;
  }
  const Step written = write_now(*way.to, octets);
  if (written.octets < octets.size()) way.pending.assign(octets.substr(written.octets));
  return true;
}

void Splicer::Passage::look_at(Way& way, std::string_view octets) {
  const Tap::Out out{ways_[1].pending, ways_[0].pending};
  if (&way == &ways_[0]) {
    tap_->from_left(octets, out);
    wipe(buffer_.data(), octets.size());  // passwords come this way
  } else {
    tap_->from_right(octets, out);
  }
  Way& back = other(way);
  if (back.finished) {
    // Nobody takes it any more.
    wipe(back.pending);
    release(back.pending);
  } else if (drain(back) && !back.reading) {
    later(back);
  }
}

void Splicer::Passage::wait(Way& way, State& socket, Wants wants, bool Way::* under_way) {
  way.*under_way = true;
  const auto kind = wants == Wants::reading ? State::Socket::wait_read : State::Socket::wait_write;
  socket.socket.async_wait(
      kind, [self = shared_from_this(), &way, under_way](const asio::error_code& error) {
        way.*under_way = false;
        if (self->end_) return;
        if (error) return self->stop(way.lost, "the connection was closed here");
        self->flow(way);
      });
}

Splicer::Splicer() : buffer_(buffer_octets) {}
Splicer::~Splicer() = default;

asio::awaitable<SpliceEnd> Splicer::run(Stream& left, Stream& right, SpliceLimits limits,
                                        Tap* tap) {
  const auto passage =
      std::make_shared<Passage>(left.state_, right.state_, limits, tap, std::span(buffer_));
  struct Ending {
    std::shared_ptr<Passage> passage;
    ~Ending() { passage->stop(SpliceEnd::Why::ended); }
  } const ending{passage};
  co_return co_await passage->run();
}

}  // namespace postern::net
