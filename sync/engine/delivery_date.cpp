#include "sync/engine/delivery_date.h"

#include <string>

#include "sync/wire/mime/text.h"

namespace postern::engine {

namespace {

constexpr std::size_t longest_field = 4096;

bool is_received(std::string_view line) {
  constexpr std::string_view name = "received:";
  if (line.size() < name.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char octet = line[i];
    if ((octet >= 'A' && octet <= 'Z' ? octet - 'A' + 'a' : octet) != name[i]) return false;
  }
  return true;
}

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

/// The topmost Received field, unfolded; empty if there is none.
std::string received_field(std::string_view rest) {
  std::string field;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.empty()) break;
    const bool folded = line.front() == ' ' || line.front() == '\t';
    if (!field.empty() && !folded) break;
    if ((folded && !field.empty()) || is_received(line)) field += line;
    if (field.size() > longest_field) return {};
  }
  return field;
}

}  // namespace

InternalDate delivery_date(std::string_view beginning_of_message, WallTime now) {
  const std::int64_t fallback = now.time_since_epoch().count();
  const std::string field = received_field(beginning_of_message);
  const std::size_t date = field.rfind(';');
  if (date == std::string::npos) return {fallback, 0};
  const std::int64_t seconds =
      wire::mime::parse_date(std::string_view(field).substr(date + 1), fallback);
  return {seconds > 0 && seconds <= fallback ? seconds : fallback, 0};
}

}  // namespace postern::engine
