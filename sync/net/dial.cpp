#include "sync/net/dial.h"

#include <deque>
#include <optional>
#include <utility>

#include <fmt/core.h>
#include <asio/experimental/as_tuple.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/net/connect_to_any.h"
#include "sync/net/resolve.h"

namespace postern::net {
namespace {

using Clock = std::chrono::steady_clock;
/// RFC 8305 section 5.
constexpr std::chrono::milliseconds attempt_delay{250};

/// Connection attempts that run beside each other; the first one that succeeds wins.
struct Race {
  explicit Race(const asio::any_io_executor& e) : executor(e), news(e) {}

  void start(const std::shared_ptr<Race>& self, const asio::ip::tcp::endpoint& to) {
    const std::size_t index = sockets.size();
    auto& socket = sockets.emplace_back(executor);
    ++open;
    socket.async_connect(to, [self, index](const asio::error_code& error) {
      --self->open;
      if (error) {
        self->failure = error;
      } else if (!self->winner) {
        self->winner = index;
      }
      self->news.cancel();
    });
  }
  void end() {
    asio::error_code ignored;
    for (auto& socket : sockets) socket.close(ignored);
  }

  asio::any_io_executor executor;
  asio::steady_timer news;
  std::deque<asio::ip::tcp::socket> sockets;
  std::size_t open = 0;
  std::optional<std::size_t> winner;
  asio::error_code failure;
};

/// Ends the attempts that are left, also when the waiting task is cancelled.
struct EndOfRace {
  std::shared_ptr<Race> race;
  ~EndOfRace() { race->end(); }
};

}  // namespace

asio::awaitable<Stream> dial(Endpoint endpoint, Stream::Duration within) {
  const auto deadline = Clock::now() + within;
  auto addresses = co_await resolve(endpoint.host, within);
  co_return co_await connect_to_any(std::move(addresses), std::move(endpoint), deadline);
}

asio::awaitable<Stream> connect_to_any(std::vector<asio::ip::address> addresses, Endpoint endpoint,
                                       std::chrono::steady_clock::time_point deadline) {
  const auto executor = co_await asio::this_coro::executor;
  const auto race = std::make_shared<Race>(executor);
  const EndOfRace end{race};
  const std::string target = fmt::format("{}:{}", endpoint.host, endpoint.port);

  std::size_t next = 0;
  auto next_start = Clock::now();
  while (!race->winner) {
    const bool left = next < addresses.size();
    if (Clock::now() >= deadline) {
      throw Error(ErrorKind::timeout, fmt::format("{} does not answer", target));
    }
    if (race->open == 0 && !left) {
      throw Error(ErrorKind::connect,
                  fmt::format("cannot connect to {}: {}", target, race->failure.message()));
    }
    if (left && (race->open == 0 || Clock::now() >= next_start)) {
      race->start(race, {addresses[next++], endpoint.port});
      next_start = Clock::now() + attempt_delay;
      continue;
    }
    race->news.expires_at(left ? std::min(next_start, deadline) : deadline);
    const auto [error] =
        co_await race->news.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
    (void)error;
  }
  co_return Stream(std::move(race->sockets[*race->winner]));
}

asio::awaitable<void> pause(Stream::Duration duration) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, duration);
  const auto [error] = co_await timer.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
  if (error) throw Error(ErrorKind::cancelled, "stopped while waiting");
}

}  // namespace postern::net
