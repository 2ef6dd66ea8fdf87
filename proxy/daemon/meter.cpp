#include "proxy/daemon/meter.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/core.h>

namespace postern::daemon {

std::string meter_line(const std::string& what, const store::Progress& progress,
                       std::chrono::duration<double> elapsed, std::size_t width) {
  const auto done = static_cast<double>(progress.octets_done);
  const auto total = static_cast<double>(progress.octets_total);
  const double share = total > 0 ? std::clamp(done / total, 0.0, 1.0) : 0;
  const double rate = done / std::max(elapsed.count(), 0.001);
  std::string line =
      fmt::format("{} {} {}/{}  {}/s  {}", what, bar(share, 20), octets_text(progress.octets_done),
                  octets_text(progress.octets_total), octets_text(static_cast<std::uint64_t>(rate)),
                  share > 0 ? left_text(elapsed.count() * (1 - share) / share) : "");
  if (progress.messages_done != 0)
    line += fmt::format("  {}", counted(progress.messages_done, "message"));
  if (line.size() >= width) line.resize(width > 0 ? width - 1 : 0);
  return line;
}

Meter::Meter(std::string what, Output output) : what_(std::move(what)), output_(output) {
  if (output_ == Output::terminal) return;
  fmt::print("{}\n", what_);
  std::fflush(stdout);
}

Meter::~Meter() {
  if (output_ == Output::terminal && drawn_ != Clock::time_point{}) {
    fmt::print("\r\x1b[K");
    std::fflush(stdout);
  }
}

void Meter::show(const store::Progress& progress) {
  constexpr std::chrono::milliseconds often(100);
  const auto now = Clock::now();
  if (output_ != Output::terminal || now - drawn_ < often) return;
  drawn_ = now;
  fmt::print("\r{}\x1b[K", meter_line(what_, progress, now - begun_, terminal_width()));
  std::fflush(stdout);
}

}  // namespace postern::daemon
