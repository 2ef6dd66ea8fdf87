#pragma once

#include <chrono>
#include <expected>
#include <functional>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "sync/base/problem.h"
#include "sync/net/network_picture.h"

namespace postern::net {

/// Tells that servers may be reachable that were not: the machine got an address or a default route
/// (rtnetlink(7)). Network thread.
class NetworkWatch {
 public:
  struct Patience {
    /// Changes come in bundles: this long after the last one it is told...
    std::chrono::milliseconds quiet{2000};
    /// ...or this long after the first.
    std::chrono::milliseconds most{10000};
  };
  static std::expected<NetworkWatch, Problem> open(const asio::any_io_executor& executor);
  /// For a socket that speaks as the kernel does; it is owned from here on.
  NetworkWatch(const asio::any_io_executor& executor, int socket, Patience patience);

  /// Waits for the next change. Cancellation is thrown.
  asio::awaitable<void> change();

 private:
  /// What has come by now.
  NetworkPicture::News read_all();

  asio::posix::stream_descriptor socket_;
  Patience patience_;
  NetworkPicture picture_;
};

/// How much longer the machine slept than was known, from its clocks (clock_gettime(2)):
/// CLOCK_BOOTTIME goes on while it is suspended, CLOCK_MONOTONIC does not.
class SleepGauge {
 public:
  using Nanoseconds = std::chrono::nanoseconds;
  static constexpr std::chrono::seconds shortest_sleep{10};

  struct Clocks {
    Nanoseconds boot;
    Nanoseconds monotonic;
  };

  explicit SleepGauge(Clocks now) : asleep_(now.boot - now.monotonic) {}
  /// True if it slept since the last call.
  bool slept(Clocks now);

 private:
  Nanoseconds asleep_;
};

/// Tells that the machine woke up from suspend. Costs nothing meanwhile. Network thread.
class SleepWatch {
 public:
  using Clocks = std::function<SleepGauge::Clocks()>;

  static std::expected<SleepWatch, Problem> open(const asio::any_io_executor& executor);
  /// For a descriptor that becomes readable as the kernel's timer does when the clock is set; it is
  /// owned from here on.
  SleepWatch(const asio::any_io_executor& executor, int timer, Clocks clocks);

  /// Waits until it has woken up. Cancellation is thrown.
  asio::awaitable<void> wake_up();

 private:
  void arm();

  asio::posix::stream_descriptor timer_;
  Clocks clocks_;
  SleepGauge gauge_;
};

}  // namespace postern::net
