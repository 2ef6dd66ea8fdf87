#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "sync/wire/ascii.h"
#include "sync/wire/mime/ascii.h"
#include "sync/wire/mime/text.h"

namespace postern::wire::mime {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};

/// RFC 5322 section 4.3, and some that are in use beside them.
constexpr std::array<std::pair<std::string_view, int>, 22> zones = {{
    {"gmt", 0},       {"ut", 0},        {"utc", 0},       {"z", 0},         {"est", -5 * 60},
    {"edt", -4 * 60}, {"cst", -6 * 60}, {"cdt", -5 * 60}, {"mst", -7 * 60}, {"mdt", -6 * 60},
    {"pst", -8 * 60}, {"pdt", -7 * 60}, {"wet", 0},       {"west", 60},     {"cet", 60},
    {"met", 60},      {"cest", 120},    {"mest", 120},    {"eet", 120},     {"eest", 180},
    {"msk", 180},     {"jst", 9 * 60},
}};

struct Written {
  std::optional<unsigned> day;
  std::optional<unsigned> month;
  std::optional<int> year;
  std::optional<seconds> time;
  std::optional<minutes> zone;
  bool wrong = false;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return to_lower(c) >= 'a' && to_lower(c) <= 'z';
}

int number(std::string_view digits) {
  int value = -1;
  const auto result = std::from_chars(digits.begin(), digits.end(), value);
  return result.ec == std::errc() && result.ptr == digits.end() ? value : -1;
}

/// Without comments, and no longer than any date.
std::string without_comments(std::string_view value) {
  constexpr std::size_t longest = 128;
  std::string out;
  std::size_t open = 0;
  for (const char c : value) {
    if (c == '(') ++open;
    if (open == 0 && out.size() < longest) out += c;
    if (c == ')' && open > 0) --open;
  }
  return out;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Written read() {
    while (at_ < text_.size() && !date_.wrong) {
      const char c = text_[at_];
      if (is_digit(c)) {
        digits();
      } else if (is_letter(c)) {
        word(run(is_letter));
      } else if ((c == '+' || c == '-') && date_.time && !date_.zone) {
        ++at_;
        zone(c == '-' ? -1 : 1, run([](char d) { return is_digit(d) || d == ':'; }));
      } else {
        ++at_;
      }
    }
    return date_;
  }

 private:
  template <typename Accepts>
  std::string_view run(Accepts accepts) {
    const auto begin = at_;
    while (at_ < text_.size() && accepts(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void digits() {
    const auto begin = at_;
    const auto first = run(is_digit);
    if (peek() == ':' && !date_.time) {
      at_ = begin;
      time(run([](char c) { return is_digit(c) || c == ':'; }));
      if (peek() == '.') run([](char c) { return is_digit(c) || c == '.'; });
      return;
    }
    if (first.size() == 4 && peek() == '-' && !date_.year) {
      at_ = begin;
      if (iso_date()) return;
      at_ = begin + first.size();
    }
    day_or_year(first);
  }

  /// RFC 3339 section 5.6: "2024-01-31", which programs write in spite of RFC 5322.
  bool iso_date() {
    const auto text = run([](char c) { return is_digit(c) || c == '-'; });
    if (text.size() != 10 || text[7] != '-') return false;
    date_.year = number(text.substr(0, 4));
    set(date_.month, number(text.substr(5, 2)), 1, 12);
    set(date_.day, number(text.substr(8, 2)), 1, 31);
    return true;
  }

  void day_or_year(std::string_view text) {
    const int value = number(text);
    if (text.size() <= 2 && !date_.day) {
      set(date_.day, value, 1, 31);
    } else if (!date_.year && text.size() <= 4) {
      date_.year = full_year(value, text.size());
    } else if (!date_.year || text.size() > 4) {
      date_.wrong = true;
    }
  }

  /// RFC 5322 section 4.3.
  static int full_year(int value, std::size_t digits) {
    if (digits <= 2) return value < 50 ? value + 2000 : value + 1900;
    return digits == 3 ? value + 1900 : value;
  }

  void set(std::optional<unsigned>& slot, int value, int least, int most) {
    if (value < least || value > most) {
      date_.wrong = true;
    } else {
      slot = static_cast<unsigned>(value);
    }
  }

  void time(std::string_view text) {
    std::array<int, 3> fields = {0, 0, 0};
    std::size_t count = 0;
    while (!text.empty() && count < fields.size()) {
      const auto colon = text.find(':');
      const auto field = text.substr(0, colon);
      fields[count++] = field.empty() || field.size() > 2 ? -1 : number(field);
      text.remove_prefix(colon == std::string_view::npos ? text.size() : colon + 1);
    }
    const auto [hour, minute, second] = fields;
    const bool possible =
        hour >= 0 && hour <= 24 && minute >= 0 && minute <= 59 && second >= 0 && second <= 60;
    date_.time = possible ? hours(hour) + minutes(minute) + seconds(second) : seconds(0);
  }

  void zone(int sign, std::string_view text) {
    std::string figures(text);
    std::erase(figures, ':');
    if (figures.size() % 2 == 1) figures.insert(figures.begin(), '0');
    if (figures.size() == 2) figures += "00";
    const int value = number(figures);
    // An impossible offset says nothing about the time: RFC 5322 section 4.3 on unknown zones.
    const bool possible = figures.size() == 4 && value >= 0 && value / 100 < 24 && value % 100 < 60;
    date_.zone = minutes(possible ? sign * (value / 100 * 60 + value % 100) : 0);
  }

  void word(std::string_view text) {
    const std::string name = lower_case(text);
    for (unsigned i = 0; i < months.size() && !date_.month; ++i) {
      if (name.starts_with(months[i])) date_.month = i + 1;
    }
    if (!date_.time) return;
    if (name == "pm" && *date_.time < hours(12)) *date_.time += hours(12);
    if (name == "am" && *date_.time >= hours(12)) *date_.time -= hours(12);
    for (const auto& [zone_name, offset] : zones) {
      // What stands behind "GMT" may be the offset from it.
      if (name == zone_name && offset != 0 && !date_.zone) date_.zone = minutes(offset);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Written date_;
};

std::optional<std::chrono::sys_days> day_of(const Written& date) {
  if (date.wrong || !date.day || !date.month || !date.year) return std::nullopt;
  const year_month_day day{std::chrono::year(*date.year), std::chrono::month(*date.month),
                           std::chrono::day(*date.day)};
  if (!day.ok()) return std::nullopt;
  return std::chrono::sys_days(day);
}

Written read_date(std::string_view value) {
  const std::string text = without_comments(value);
  return Reader(text).read();
}

}  // namespace

std::optional<long long> sent_date(std::string_view value) {
  const Written date = read_date(value);
  const auto day = day_of(date);
  if (!day) return std::nullopt;
  const auto time = *day + date.time.value_or(seconds(0)) - date.zone.value_or(minutes(0));
  return std::chrono::time_point_cast<seconds>(time).time_since_epoch().count();
}

long long parse_date(std::string_view value, long long fallback) {
  return sent_date(value).value_or(fallback);
}

std::optional<long long> written_day(std::string_view value) {
  const auto day = day_of(read_date(value));
  if (!day) return std::nullopt;
  return day->time_since_epoch().count();
}

}  // namespace postern::wire::mime
