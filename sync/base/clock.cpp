#include "sync/base/clock.h"

#include <fstream>
#include <random>

#include <fmt/core.h>
#include <time.h>

namespace postern {

namespace {

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  if (file >> id) return id;
  // Where the system does not tell, only this run of the program is certain.
  std::random_device random;
  return fmt::format("run-{:08x}{:08x}", random(), random());
}

}  // namespace

BootTime boot_now() {
  static const std::string id = boot_id();
  timespec time{};
  (void)::clock_gettime(CLOCK_BOOTTIME, &time);
  return {id, std::chrono::seconds(time.tv_sec)};
}

std::string iso8601(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace postern
