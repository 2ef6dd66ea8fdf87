#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include <nlohmann/json_fwd.hpp>

#include "sync/base/clock.h"
#include "sync/engine/status.h"

namespace postern::daemon::page {

/// What the page tells of the past: the last polls of each source, and what went wrong. In memory,
/// bounded, since the start of the program. Knows no clock: times are given. Network thread.
class Chronicle {
 public:
  static constexpr std::size_t polls_of_source = 120;
  static constexpr std::size_t most_sources = 256;
  static constexpr std::size_t most_problems = 40;

  /// What a source says of itself, whenever that has changed.
  void note(const engine::SourceStatus& status, SteadyTime now, WallTime today);

  /// `polls`: of each source (`account`, `source`) its `polls`, the oldest first: `time`,
  /// `seconds`, `fetched`, `state`. `problems`, the latest first: `first`, `last`, `times`,
  /// `account`, `source`, `state`, `detail`; `over` once the source had a good poll.
  [[nodiscard]] nlohmann::json to_json() const;

 private:
  struct Poll {
    WallTime begun;
    std::chrono::milliseconds lasted{0};
    std::uint64_t fetched = 0;
    engine::SourceState end = engine::SourceState::idle;
  };
  struct Source {
    engine::SourceState state = engine::SourceState::waiting;
    SteadyTime begun{};
    WallTime begun_at{};
    std::uint64_t fetched_before = 0;
    std::deque<Poll> polls;
  };
  struct Trouble {
    std::string account;
    std::string source;
    engine::SourceState state;
    std::string detail;
    WallTime first;
    WallTime last;
    std::uint64_t times = 1;
    bool over = false;
  };
  using Key = std::pair<std::string, std::string>;  ///< account and source

  void end_poll(Source& source, const engine::SourceStatus& status, SteadyTime now);
  void note_outcome(const engine::SourceStatus& status, WallTime today);

  std::map<Key, Source> sources_;
  std::deque<Trouble> troubles_;  ///< the latest first
};

}  // namespace postern::daemon::page
