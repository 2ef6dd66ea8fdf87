#include "proxy/daemon/notify.h"

#include <systemd/sd-daemon.h>

#include <ctime>

#include <fmt/core.h>

namespace postern::daemon::notify {

void ready(const std::string& status) {
  ::sd_notify(0, fmt::format("READY=1\nSTATUS={}", status).c_str());
}

void reloading() {
  // systemd.service(5), Type=notify-reload: the time has to be that of CLOCK_MONOTONIC.
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto microseconds = now.tv_sec * 1'000'000 + now.tv_nsec / 1000;
  ::sd_notify(0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}", microseconds).c_str());
}

void stopping() {
  ::sd_notify(0, "STOPPING=1");
}

void status(const std::string& status) {
  ::sd_notify(0, fmt::format("STATUS={}", status).c_str());
}

void alive() {
  ::sd_notify(0, "WATCHDOG=1");
}

std::optional<std::chrono::microseconds> watchdog_interval() {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) <= 0 || microseconds == 0) return std::nullopt;
  return std::chrono::microseconds(microseconds / 2);
}

}  // namespace postern::daemon::notify
