#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sync/base/clock.h"

namespace postern::access {

struct ThrottleRules {
  std::chrono::steady_clock::duration first_pause = std::chrono::seconds(2);  ///< then doubled
  std::chrono::steady_clock::duration longest_pause = std::chrono::seconds(16);
  /// After this many failures within the window an address is refused until the window ends.
  std::size_t most_failures = 20;
  std::chrono::steady_clock::duration window = std::chrono::minutes(1);
  std::size_t addresses = 10'000;  ///< remembered at most; the one that failed longest ago goes
};

/// Who has guessed too often lately, by address; an IPv6 address stands for its /64. This machine
/// is slowed down, but never locked out. The same guess counts once in a window: a program that
/// goes on with an old password does not lock out the person who types the new one. Knows no clock:
/// times are given. Network thread.
class Throttle {
 public:
  /// Who and what was tried, as a hash under a key that nobody knows.
  using Guess = std::uint64_t;

  explicit Throttle(ThrottleRules rules = {}) : rules_(rules) {}

  /// May this address try a password now?
  [[nodiscard]] bool admits(std::string_view address, SteadyTime now) const;
  /// Whether this very guess was wrong within the window: it is so still.
  [[nodiscard]] bool repeats(std::string_view address, Guess guess, SteadyTime now) const;
  /// A password was wrong; how long the answer is to be held back. A guess that was not looked at,
  /// or that cannot be told from others, is nullopt and counts in any case.
  std::chrono::steady_clock::duration failed(std::string_view address, SteadyTime now,
                                             std::optional<Guess> guess = std::nullopt);
  /// What was wrong may be right from now on.
  void forget_guesses();
  [[nodiscard]] std::size_t size() const { return offenders_.size(); }

 private:
  struct Offender {
    std::string key;
    SteadyTime window_start;
    std::size_t failures = 0;
    std::vector<Guess> guesses;  ///< of the window, at most as many as count
  };

  ThrottleRules rules_;
  std::list<Offender> offenders_;  ///< who failed last comes first
  std::unordered_map<std::string, std::list<Offender>::iterator> by_key_;
};

/// The part of an address that counts as one host: IPv4 as it is (also IPv4-mapped), IPv6 its /64.
[[nodiscard]] std::string network_of(std::string_view address);

}  // namespace postern::access
