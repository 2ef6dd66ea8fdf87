#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace postern::upstream {

/// Whether a server still answers, or only keeps us waiting with an octet now and then.
/// Only the time in which nothing but the server is waited for counts. Pure.
class Pop3Pace {
 public:
  using Duration = std::chrono::steady_clock::duration;

  /// Less than the slowest modem.
  static constexpr double least_octets_a_second = 16;

  /// The pace is looked at once `window` was spent waiting within one answer.
  explicit Pop3Pace(Duration window) : window_(window) {}

  /// A new answer: it may take its time to begin.
  void begin() {
    waited_ = {};
    octets_ = 0;
  }
  /// False: too slow.
  [[nodiscard]] bool received(std::size_t octets, Duration waited) {
    waited_ += waited;
    octets_ += octets;
    if (waited_ < window_) return true;
    const double seconds = std::chrono::duration<double>(waited_).count();
    const bool fast_enough = static_cast<double>(octets_) >= least_octets_a_second * seconds;
    begin();
    return fast_enough;
  }

 private:
  Duration window_;
  Duration waited_{};
  std::uint64_t octets_ = 0;
};

}  // namespace postern::upstream
