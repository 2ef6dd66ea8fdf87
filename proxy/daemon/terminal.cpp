#include "proxy/daemon/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <fmt/core.h>

namespace postern::daemon {
namespace {

std::string local(const std::tm& time, const char* format) {
  std::array<char, 32> out{};
  return {out.data(), std::strftime(out.data(), out.size(), format, &time)};
}

}  // namespace

Output standard_output() {
  return ::isatty(STDOUT_FILENO) == 1 ? Output::terminal : Output::plain;
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

std::string counted(std::size_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string styled(Output output, Style style, std::string_view text) {
  // https://no-color.org
  if (output == Output::plain || std::getenv("NO_COLOR") != nullptr) return std::string(text);
  const char* code = "";
  switch (style) {
    case Style::bold: code = "1"; break;
    case Style::good: code = "32"; break;
    case Style::bad: code = "31"; break;
    case Style::dim: code = "2"; break;
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string octets_text(std::uint64_t octets) {
  constexpr std::array units = {"kB", "MB", "GB", "TB"};
  if (octets < 1000) return fmt::format("{} B", octets);
  double value = static_cast<double>(octets) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string left_text(double seconds) {
  if (!(seconds < 100 * 3600)) return "";
  const auto whole = static_cast<unsigned>(seconds + 0.5);
  if (whole >= 3600)
    return fmt::format("{}:{:02}:{:02} left", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02} left", whole / 60, whole % 60);
}

std::string bar(double share, std::size_t width) {
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
  return "[" + std::string(filled, '#') + std::string(width - filled, '-') + "]";
}

std::string duration_text(std::chrono::seconds duration) {
  const auto seconds = duration.count();
  if (seconds < 120 && seconds != 60) return fmt::format("{} s", seconds);
  const auto minutes = (seconds + 59) / 60;
  return fmt::format("{} minute{}", minutes, minutes == 1 ? "" : "s");
}

std::string time_text(const std::string& iso8601) {
  std::tm parsed{};
  if (::strptime(iso8601.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parsed) == nullptr) return "never";
  const std::time_t then = ::timegm(&parsed);
  const std::time_t now = std::time(nullptr);
  std::tm then_here{};
  std::tm now_here{};
  ::localtime_r(&then, &then_here);
  ::localtime_r(&now, &now_here);
  const bool today = then_here.tm_yday == now_here.tm_yday && then_here.tm_year == now_here.tm_year;
  return local(then_here, today ? "%H:%M:%S" : "%Y-%m-%d %H:%M");
}

}  // namespace postern::daemon
