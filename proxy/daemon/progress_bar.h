#pragma once

#include <chrono>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "proxy/daemon/terminal.h"
#include "sync/engine/status.h"

namespace postern::daemon {

/// One line about a poll under way: bar, messages, octets, rate, time left; at most `width`
/// columns.
[[nodiscard]] std::string progress_line(const engine::SourceStatus& status,
                                        std::chrono::duration<double> elapsed, std::size_t width);
/// One line about a poll that has ended; `before` is the status when it was asked for.
[[nodiscard]] std::string outcome_line(const engine::SourceStatus& before,
                                       const engine::SourceStatus& after);

/// Shows how `postern sync` gets on: bars that are drawn over themselves on a terminal, else a line
/// when a poll is seen to begin and when it ends.
class SyncDisplay {
 public:
  explicit SyncDisplay(Output output);

  using Sources = std::vector<engine::SourceStatus>;
  void begin(const Sources& sources);
  void show(const Sources& sources);
  /// Prints what came of it; false if a source did not end well.
  [[nodiscard]] bool finish(const Sources& sources);

 private:
  void draw(const Sources& sources);

  Output output_;
  std::chrono::steady_clock::time_point begun_;
  Sources before_;
  std::set<std::string> polling_;  ///< of whom it was told
  std::size_t drawn_ = 0;          ///< lines on the terminal that are to be drawn over
};

}  // namespace postern::daemon
