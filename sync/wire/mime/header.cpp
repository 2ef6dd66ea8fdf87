#include "sync/wire/mime/header.h"

#include <algorithm>

#include "sync/wire/ascii.h"

namespace postern::wire::mime {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";
/// What a value keeps as it is: a CR before LF goes, NUL is replaced.
constexpr OctetSet copied([](char c) { return c != '\r' && c != '\0'; });

/// The first line with its line end.
std::string_view first_line(std::string_view text) {
  const std::size_t line_feed = text.find('\n');
  return line_feed == std::string_view::npos ? text : text.substr(0, line_feed + 1);
}

bool starts_with_space(std::string_view text) {
  return !text.empty() && blanks(text.front());
}

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

std::optional<Field> HeaderFields::next() {
  while (!rest_.empty()) {
    std::string_view line = first_line(rest_);
    if (without_line_end(line).empty()) break;
    std::size_t octets = line.size();
    while (starts_with_space(rest_.substr(octets))) {
      octets += first_line(rest_.substr(octets)).size();
    }
    const std::string_view lines = rest_.substr(0, octets);
    rest_.remove_prefix(octets);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || starts_with_space(line)) continue;
    std::string_view name = lines.substr(0, colon);
    while (!name.empty() && blanks(name.back())) name.remove_suffix(1);
    if (name.empty()) continue;
    return Field{name, without_line_end(lines.substr(colon + 1)), lines};
  }
  rest_ = {};
  return std::nullopt;
}

std::string field_value(std::string_view raw) {
  while (starts_with_space(raw)) raw.remove_prefix(1);
  std::string out;
  out.reserve(raw.size());
  for (;;) {
    const std::string_view plain = raw.substr(0, copied.run(raw));
    out += plain;
    raw.remove_prefix(plain.size());
    if (raw.empty()) return out;
    if (raw.front() == '\0') {
      out += replacement;
    } else if (!raw.starts_with("\r\n")) {
      out += '\r';
    }
    raw.remove_prefix(1);
  }
}

std::string unfolded_value(std::string_view raw) {
  std::string out = field_value(raw);
  std::erase(out, '\n');
  std::ranges::replace(out, '\r', ' ');
  return out;
}

}  // namespace postern::wire::mime
