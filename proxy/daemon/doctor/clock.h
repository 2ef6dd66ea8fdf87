#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/daemon/doctor/report.h"
#include "sync/base/clock.h"

namespace postern::daemon::doctor {

/// The time that the timestamp of a greeting holds, "<process.clock@host>" (RFC 1939 section 7,
/// APOP), if it is one.
[[nodiscard]] std::optional<WallTime> greeting_time(std::string_view greeting);

/// What tells whether the wall clock of this machine is right.
struct ClockFacts {
  WallTime now;
  std::optional<WallTime> greeting;
  std::optional<WallTime> certificate_begin;
  std::optional<WallTime> certificate_end;
  std::optional<WallTime> newest_file;  ///< of those that were written here
};
/// Pure.
[[nodiscard]] Step judge_clock(const ClockFacts& facts);

}  // namespace postern::daemon::doctor
