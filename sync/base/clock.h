#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace postern {

/// Wall-clock time, for people and for dates of messages; durations and deadlines use `SteadyTime`.
using WallTime = std::chrono::sys_seconds;
using SteadyTime = std::chrono::steady_clock::time_point;

[[nodiscard]] inline WallTime wall_now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// Time that nobody sets: it goes on while the machine sleeps, and begins anew when it is booted.
struct BootTime {
  std::string id;                 ///< another one after each boot; never empty
  std::chrono::seconds since{0};  ///< the boot
};
[[nodiscard]] BootTime boot_now();

/// RFC 9051 section 2.3.3: the internal date, with the zone it was given in.
struct InternalDate {
  std::int64_t seconds = 0;       ///< since 1970-01-01T00:00:00Z
  std::int16_t zone_minutes = 0;  ///< east of UTC
  friend constexpr bool operator==(const InternalDate&, const InternalDate&) = default;
};

/// "2026-11-23T16:47:00Z", for JSON and logs.
[[nodiscard]] std::string iso8601(WallTime time);

}  // namespace postern
