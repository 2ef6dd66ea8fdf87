#include "sync/wire/mbox/from_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <vector>

#include <fmt/format.h>

namespace postern::wire::mbox {

namespace {

constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Zone {
  std::string_view name;
  std::int16_t minutes;
};
constexpr std::array<Zone, 16> zones = {{{"UTC", 0},
                                         {"GMT", 0},
                                         {"UT", 0},
                                         {"EST", -300},
                                         {"EDT", -240},
                                         {"CST", -360},
                                         {"CDT", -300},
                                         {"MST", -420},
                                         {"MDT", -360},
                                         {"PST", -480},
                                         {"PDT", -420},
                                         {"BST", 60},
                                         {"MET", 60},
                                         {"CET", 60},
                                         {"MEST", 120},
                                         {"CEST", 120}}};

constexpr int widest_zone = 14 * 60;
constexpr std::int64_t last_second = 253'402'300'799;  ///< of the year 9999
constexpr std::size_t longest_sender = 900;

using Words = std::vector<std::string_view>;

std::optional<unsigned> number(std::string_view digits) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

template <std::size_t N>
std::optional<unsigned> index_of(const std::array<std::string_view, N>& names,
                                 std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<unsigned>(found - names.begin());
}

/// "12:08" or "12:08:34", in seconds.
std::optional<std::int64_t> time_of_day(std::string_view word) {
  std::array<unsigned, 3> parts{};
  std::size_t count = 0;
  while (count < parts.size()) {
    const std::size_t colon = word.find(':');
    const std::string_view part = word.substr(0, colon);
    const auto value = part.size() > 2 ? std::nullopt : number(part);
    if (!value) return std::nullopt;
    parts[count++] = *value;
    if (colon == std::string_view::npos) break;
    word.remove_prefix(colon + 1);
    if (count == parts.size()) return std::nullopt;
  }
  if (count < 2 || parts[0] > 23 || parts[1] > 59 || parts[2] > 60) return std::nullopt;
  return (std::int64_t{parts[0]} * 60 + parts[1]) * 60 + parts[2];
}

/// Minutes east of UTC; names that nobody knows are taken for UTC.
std::optional<std::int16_t> zone_of(std::string_view word) {
  if (word.starts_with('(') && word.ends_with(')')) word = word.substr(1, word.size() - 2);
  if (word.size() == 5 && (word[0] == '+' || word[0] == '-')) {
    const auto value = number(word.substr(1));
    if (!value || *value % 100 > 59 || *value > 1400) return std::nullopt;
    const int minutes = static_cast<int>(*value / 100 * 60 + *value % 100);
    return static_cast<std::int16_t>(word[0] == '-' ? -minutes : minutes);
  }
  const bool letters = !word.empty() && word.size() <= 5 && std::ranges::all_of(word, [](char c) {
    return (c >= 'A' && c <= 'Z') || c == '/';
  });
  if (!letters) return std::nullopt;
  const auto* const found = std::ranges::find(zones, word, &Zone::name);
  return found == zones.end() ? std::int16_t{0} : found->minutes;
}

struct Tail {
  unsigned year = 0;
  std::int16_t zone = 0;
};

/// What follows the time of day: "2011", "MET 2011", "MET DST 2011", "2011 +0200", and what UUCP
/// put behind it.
std::optional<Tail> tail_of(const Words& words, std::size_t at) {
  Tail tail;
  bool summer = false;
  while (at < words.size()) {
    const std::string_view word = words[at++];
    if (tail.year == 0 && word.size() == 4 && number(word)) {
      tail.year = *number(word);
    } else if (tail.year != 0 && word == "remote" && at < words.size() && words[at] == "from") {
      break;
    } else if (word == "DST") {
      summer = true;
    } else if (const auto zone = zone_of(word)) {
      tail.zone = *zone;
    } else {
      return std::nullopt;
    }
  }
  if (tail.year < 1970) return std::nullopt;
  if (summer) tail.zone = static_cast<std::int16_t>(tail.zone + 60);
  return tail;
}

/// Words from the day of the week on.
std::optional<InternalDate> date_from(const Words& words, std::size_t at) {
  if (words.size() < at + 5 || !index_of(days, words[at])) return std::nullopt;
  const auto month = index_of(months, words[at + 1]);
  const auto day = words[at + 2].size() > 2 ? std::nullopt : number(words[at + 2]);
  const auto time = time_of_day(words[at + 3]);
  const auto tail = tail_of(words, at + 4);
  if (!month || !day || !time || !tail) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(tail->year)),
                                         std::chrono::month(*month + 1), std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  const std::int64_t local = std::chrono::sys_days(date).time_since_epoch().count() * 86400 + *time;
  return InternalDate{local - std::int64_t{tail->zone} * 60, tail->zone};
}

}  // namespace

std::optional<FromLine> parse_from_line(std::string_view line) {
  constexpr std::string_view word = "From ";
  if (!line.starts_with(word)) return std::nullopt;
  line.remove_prefix(word.size());
  Words words;
  std::vector<std::size_t> begins;
  for (std::size_t at = 0; (at = line.find_first_not_of(" \t\r", at)) != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(" \t\r", at), line.size());
    words.push_back(line.substr(at, end - at));
    begins.push_back(at);
    at = end;
  }
  if (words.empty() || (words.size() == 1 && words[0] == "-")) return FromLine{};
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (const auto date = date_from(words, at)) {
      std::string_view sender = line.substr(0, begins[at]);
      while (sender.ends_with(' ') || sender.ends_with('\t')) sender.remove_suffix(1);
      return FromLine{.sender = std::string(sender), .date = date};
    }
  }
  return std::nullopt;
}

std::string format_from_line(std::string_view sender, InternalDate date) {
  std::string clean;
  for (const char octet : sender) {
    if (octet > 0x20 && octet < 0x7f) clean += octet;
  }
  if (clean.empty() || clean.size() > longest_sender) clean = "MAILER-DAEMON";
  if (std::abs(int{date.zone_minutes}) > widest_zone) date.zone_minutes = 0;
  // Four digits of a year, none before 1970: so much is a date to parse_from_line().
  const std::int64_t local =
      std::clamp<std::int64_t>(date.seconds + std::int64_t{date.zone_minutes} * 60, 0, last_second);
  const std::chrono::sys_seconds time{std::chrono::seconds(local)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day ymd(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::string line = fmt::format(
      "From {} {} {} {:2} {:02}:{:02}:{:02} {:04}", clean,
      days[std::chrono::weekday(day).c_encoding()], months[static_cast<unsigned>(ymd.month()) - 1],
      static_cast<unsigned>(ymd.day()), clock.hours().count(), clock.minutes().count(),
      clock.seconds().count(), static_cast<int>(ymd.year()));
  if (date.zone_minutes != 0) {
    const int zone = std::abs(int{date.zone_minutes});
    line += fmt::format(" {}{:02}{:02}", date.zone_minutes < 0 ? '-' : '+', zone / 60, zone % 60);
  }
  return line;
}

}  // namespace postern::wire::mbox
