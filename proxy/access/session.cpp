#include "proxy/access/session.h"

#include <algorithm>
#include <utility>

#include "sync/net/error.h"
#include "sync/net/tls.h"

namespace postern::access {
namespace {

constexpr std::size_t large = 64UL * 1024;
constexpr std::size_t input_octets = 16UL * 1024;

/// Marks the time in which nothing else is written.
class Waiting {
 public:
  explicit Waiting(bool& flag) : flag_(flag) { flag_ = true; }
  Waiting(const Waiting&) = delete;
  ~Waiting() { flag_ = false; }

 private:
  bool& flag_;
};

}  // namespace

Session::Session(asio::any_io_executor executor, net::Stream stream,
                 const Surroundings& surroundings, const Limits& limits, Start start)
    : executor_(std::move(executor)),
      stream_(std::move(stream)),
      shared_(surroundings),
      bounds_(limits),
      start_(start) {}

Session::~Session() = default;

SessionFacts Session::facts() const {
  SessionFacts facts;
  facts.peer = stream_.peer();
  facts.since = since_;
  facts.secure = stream_.secure();
  return facts;
}

Peer Session::peer() const {
  return {stream_.peer_address(), stream_.loopback(), stream_.secure(), scanner_,
          stream_.client_certificate()};
}

void Session::end_now() {
  ask_to_stop();
  stream_.close();
}

asio::awaitable<void> Session::run() {
  if (start_ == Start::tls) co_await start_tls();
  bool timed_out = false;
  try {
    co_await converse();
  } catch (const net::Error& error) {
    if (error.kind() != net::ErrorKind::timeout || unspeakable_) throw;
    timed_out = true;
  }
  if (timed_out) too_slow();
  co_await flush();
  co_await stream_.shutdown();
}

asio::awaitable<std::string_view> Session::receive() {
  auto end = waits_since_ + (logged_in() ? bounds_.idle : bounds_.before_login);
  if (!logged_in()) end = std::min(end, login_begun_ + bounds_.login);
  const auto left = end - std::chrono::steady_clock::now();
  if (left <= Limits::Duration::zero())
    throw net::Error(net::ErrorKind::timeout, "no complete command in time");
  input_.resize(input_octets);
  const Waiting waiting(waiting_);
  const std::size_t count = co_await stream_.read_some(input_, left);
  co_return std::string_view(input_.data(), count);
}

asio::awaitable<void> Session::flush() {
  if (out_.empty()) co_return;
  const std::string octets = std::exchange(out_, {});
  // A last word behind half an answer would be taken for a part of it.
  unspeakable_ = true;
  co_await stream_.write(octets, bounds_.stalled);
  unspeakable_ = false;
}

asio::awaitable<void> Session::flush_if_large() {
  if (out_.size() >= large) co_await flush();
}

asio::awaitable<void> Session::start_tls() {
  // Nothing can be said in a handshake that did not end.
  unspeakable_ = true;
  using enum net::Stream::ClientCertificate;
  const bool asks =
      shared_.certificates == Certificates::asked && shared_.directory.knows_certificates();
  co_await stream_.start_tls(*shared_.tls, bounds_.handshake, asks ? asked : not_asked);
  unspeakable_ = false;
}

}  // namespace postern::access
