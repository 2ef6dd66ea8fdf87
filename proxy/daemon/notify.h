#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace postern::daemon::notify {

/// What systemd is told (sd_notify(3)); nothing happens without it.
void ready(const std::string& status);
void reloading();
void stopping();
void status(const std::string& status);
void alive();
/// How often alive() is expected; half of what the unit says.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace postern::daemon::notify
