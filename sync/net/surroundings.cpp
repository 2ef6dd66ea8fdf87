#include "sync/net/surroundings.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include <fmt/core.h>
#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/net/dial.h"
#include "sync/net/error.h"

namespace postern::net {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

Problem no_watch(const char* what) {
  return {fmt::format("{}: {}", what, std::strerror(errno)),
          "polls go on at their intervals; nothing else is lost"};
}

nanoseconds read_clock(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

asio::awaitable<void> readable(asio::posix::stream_descriptor& descriptor) {
  const auto [error] = co_await descriptor.async_wait(
      asio::posix::stream_descriptor::wait_read, asio::experimental::as_tuple(asio::use_awaitable));
  if (error) throw Error(ErrorKind::cancelled, "stopped while watching the surroundings");
}

}  // namespace

std::expected<NetworkWatch, Problem> NetworkWatch::open(const asio::any_io_executor& executor) {
  const int socket = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (socket < 0) return std::unexpected(no_watch("the network cannot be watched"));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups =
      RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  NetworkWatch watch(executor, socket, Patience());
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return std::unexpected(no_watch("the network cannot be watched"));
  return watch;
}

NetworkWatch::NetworkWatch(const asio::any_io_executor& executor, int socket, Patience patience)
    : socket_(executor, socket), patience_(patience) {}

NetworkPicture::News NetworkWatch::read_all() {
  using News = NetworkPicture::News;
  News news = News::none;
  std::array<char, 32UL * 1024> buffer{};
  while (true) {
    const ssize_t octets =
        ::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (octets > 0) {
      const News told = picture_.take({buffer.data(), static_cast<std::size_t>(octets)});
      if (told != News::none) news = told;
    } else if (octets < 0 && errno == ENOBUFS) {
      news = News::connected;  // more happened than the kernel could tell
    } else if (octets == 0 || errno != EINTR) {
      return news;
    }
  }
}

asio::awaitable<void> NetworkWatch::change() {
  do {
    co_await readable(socket_);
  } while (read_all() == NetworkPicture::News::none);
  const auto end = Clock::now() + patience_.most;
  do {
    co_await pause(patience_.quiet);
  } while (read_all() != NetworkPicture::News::none && Clock::now() < end);
}

bool SleepGauge::slept(Clocks now) {
  const Nanoseconds asleep = now.boot - now.monotonic;
  if (asleep - asleep_ < shortest_sleep) return false;
  asleep_ = asleep;
  return true;
}

std::expected<SleepWatch, Problem> SleepWatch::open(const asio::any_io_executor& executor) {
  const int timer = ::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (timer < 0) return std::unexpected(no_watch("waking up cannot be noticed"));
  return SleepWatch(executor, timer, [] {
    return SleepGauge::Clocks{read_clock(CLOCK_BOOTTIME), read_clock(CLOCK_MONOTONIC)};
  });
}

SleepWatch::SleepWatch(const asio::any_io_executor& executor, int timer, Clocks clocks)
    : timer_(executor, timer), clocks_(std::move(clocks)), gauge_(clocks_()) {
  arm();
}

/// A timer a year ahead; the kernel cancels it when the clock is set, which waking up does.
void SleepWatch::arm() {
  itimerspec never{};
  never.it_value.tv_sec = read_clock(CLOCK_REALTIME) / std::chrono::seconds(1) + 365L * 24 * 3600;
  ::timerfd_settime(timer_.native_handle(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
                    nullptr);
}

asio::awaitable<void> SleepWatch::wake_up() {
  do {
    co_await readable(timer_);
    std::uint64_t times = 0;
    // Fails with ECANCELED; what is of interest is that it was ready.
    (void)!::read(timer_.native_handle(), &times, sizeof times);
    arm();
  } while (!gauge_.slept(clocks_()));
}

}  // namespace postern::net
