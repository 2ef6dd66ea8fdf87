#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "proxy/daemon/terminal.h"
#include "sync/store/progress.h"

namespace postern::daemon {

/// One line about work under way: bar, octets, rate, time left; at most `width` columns.
[[nodiscard]] std::string meter_line(const std::string& what, const store::Progress& progress,
                                     std::chrono::duration<double> elapsed, std::size_t width);

/// Shows how work on messages gets on: a bar that is drawn over itself on a terminal, else a line
/// when it begins. One thread.
class Meter {
 public:
  /// `what` is done to what: "backup of anna".
  explicit Meter(std::string what, Output output = standard_output());
  Meter(const Meter&) = delete;
  /// Takes the bar away.
  ~Meter();

  void show(const store::Progress& progress);

 private:
  using Clock = std::chrono::steady_clock;

  std::string what_;
  Output output_;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point drawn_{};
};

}  // namespace postern::daemon
