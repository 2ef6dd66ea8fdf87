#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "sync/base/clock.h"

namespace postern::engine {

/// When a source is polled next. Pure: time and chance are handed in.
///
/// - After a success: the interval, a little more or less.
/// - After failures in a row: 1, 2, 4 ... 60 minutes. When the login itself was refused or
///   throttled, never sooner than the interval, which may be the provider's own minimum.
/// - After two refusals of the credentials in a row: not at all, until the operator asks.
/// - Asked for: at once by the operator; for others no sooner than `shortest_gap` and the server's
///   LOGIN-DELAY after the last poll, and not while it pauses after a failure.
class Schedule {
 public:
  static constexpr std::chrono::seconds shortest_gap{5};
  static constexpr unsigned most_refusals = 2;

  Schedule(std::chrono::seconds interval, SteadyTime now) : interval_(interval), due_(now) {}

  enum class Ending : std::uint8_t {
    success,
    failure,
    throttled,
    refused,  ///< the credentials
  };
  /// `chance` is from 0 to 1. `login_delay` as the server announced it, kept until it says another.
  void ended(Ending ending, std::optional<std::chrono::seconds> login_delay, double chance,
             SteadyTime now);

  enum class Asker : std::uint8_t { program, operator_self };
  /// Somebody wants a poll at `when`, now or a little later.
  void ask(Asker asker, SteadyTime when);

  /// nullopt: not until the operator asks.
  [[nodiscard]] std::optional<SteadyTime> due() const { return due_; }
  [[nodiscard]] unsigned failures() const { return failures_; }
  [[nodiscard]] std::optional<SteadyTime> last_success() const { return last_success_; }

 private:
  std::chrono::seconds interval_;
  std::optional<SteadyTime> due_;
  std::optional<SteadyTime> last_end_;
  std::optional<SteadyTime> last_success_;
  std::chrono::seconds login_delay_{0};
  unsigned failures_ = 0;
  unsigned refusals_ = 0;
};

}  // namespace postern::engine
