#include "sync/wire/imap/date_time.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include <fmt/compile.h>
#include <fmt/format.h>

#include "sync/wire/ascii.h"
#include "sync/wire/imap/characters.h"

namespace postern::wire::imap {
namespace {

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Exactly these digits; -1 otherwise.
int digits(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return -1;
    value = value * 10 + (c - '0');
  }
  return text.empty() ? -1 : value;
}

std::optional<std::chrono::sys_days> day_from(int day, std::string_view month, int year) {
  for (std::size_t i = 0; i < months.size(); ++i) {
    if (!equal_ignoring_case(months[i], month)) continue;
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(i + 1)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (day < 1 || year < 0 || !date.ok()) return std::nullopt;
    return std::chrono::sys_days(date);
  }
  return std::nullopt;
}

std::string_view month_name(std::chrono::year_month_day date) {
  return months[static_cast<unsigned>(date.month()) - 1];
}

/// "+0130" in minutes.
std::optional<std::int16_t> zone(std::string_view text) {
  if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int hours = digits(text.substr(1, 2));
  const int minutes = digits(text.substr(3, 2));
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  const int total = hours * 60 + minutes;
  return static_cast<std::int16_t>(text[0] == '-' ? -total : total);
}

}  // namespace

std::optional<std::chrono::sys_days> parse_date_text(std::string_view text) {
  const std::size_t first = text.find('-');
  if (first > 2 || text.size() != first + 9 || text[first + 4] != '-') return std::nullopt;
  return day_from(digits(text.substr(0, first)), text.substr(first + 1, 3),
                  digits(text.substr(first + 5)));
}

std::string format_date(std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  return fmt::format("{}-{}-{:04}", static_cast<unsigned>(date.day()), month_name(date),
                     static_cast<int>(date.year()));
}

std::optional<InternalDate> parse_date_time(std::string_view text) {
  // "dd-Mon-yyyy hh:mm:ss +zzzz"
  if (text.size() != 26 || text[2] != '-' || text[6] != '-' || text[11] != ' ' || text[14] != ':' ||
      text[17] != ':' || text[20] != ' ')
    return std::nullopt;
  const auto day = day_from(digits(text[0] == ' ' ? text.substr(1, 1) : text.substr(0, 2)),
                            text.substr(3, 3), digits(text.substr(7, 4)));
  const int hour = digits(text.substr(12, 2));
  const int minute = digits(text.substr(15, 2));
  const int second = digits(text.substr(18, 2));
  const auto east = zone(text.substr(21));
  if (!day || !east || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 60)
    return std::nullopt;
  const auto local = std::chrono::sys_seconds(*day) + std::chrono::hours(hour) +
                     std::chrono::minutes(minute) + std::chrono::seconds(second);
  return InternalDate{local.time_since_epoch().count() - *east * 60, *east};
}

std::string format_date_time(InternalDate date) {
  const std::chrono::sys_seconds local(std::chrono::seconds(date.seconds + date.zone_minutes * 60));
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day civil(day);
  const std::chrono::hh_mm_ss time(local - day);
  const int east = date.zone_minutes < 0 ? -date.zone_minutes : date.zone_minutes;
  return fmt::format(FMT_COMPILE("{:2}-{}-{:04} {:02}:{:02}:{:02} {}{:02}{:02}"),
                     static_cast<unsigned>(civil.day()), month_name(civil),
                     static_cast<int>(civil.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count(), date.zone_minutes < 0 ? '-' : '+', east / 60,
                     east % 60);
}

std::chrono::sys_days day_of(InternalDate date) {
  const std::chrono::sys_seconds local(std::chrono::seconds(date.seconds + date.zone_minutes * 60));
  return std::chrono::floor<std::chrono::days>(local);
}

}  // namespace postern::wire::imap
