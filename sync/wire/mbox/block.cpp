#include "sync/wire/mbox/block.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "sync/wire/ascii.h"

namespace postern::wire::mbox {

namespace {

constexpr std::string_view name = "X-Postern:";
constexpr std::array<std::string_view, 4> variants = {"mboxo", "mboxrd", "mboxcl", "mboxcl2"};
constexpr std::array<std::string_view, 6> fields = {
    "Status:",           "X-Status:",       "X-Keywords:",
    "X-Mozilla-Status:", "X-Mozilla-Keys:", "Content-Length:"};
constexpr std::string_view version = "1";

/// The first line without its end, taken off `rest` with it; nullopt if it does not end.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// "-86400/60": seconds since 1970, and minutes east of UTC.
std::optional<InternalDate> date(std::string_view text) {
  InternalDate value;
  const char* const end = text.data() + text.size();
  const auto seconds = std::from_chars(text.data(), end, value.seconds);
  if (seconds.ec != std::errc() || seconds.ptr == end || *seconds.ptr != '/') return std::nullopt;
  const auto zone = std::from_chars(seconds.ptr + 1, end, value.zone_minutes);
  if (zone.ec != std::errc() || zone.ptr != end) return std::nullopt;
  return value;
}

/// "1; lines=2; exact". nullopt for what is not known.
std::optional<std::size_t> parse_terms(std::string_view value, Block& block) {
  std::optional<std::uint64_t> lines;
  bool first = true;
  while (!value.empty()) {
    const std::size_t end = std::min(value.find(';'), value.size());
    std::string_view term = value.substr(0, end);
    value.remove_prefix(std::min(end + 1, value.size()));
    while (term.starts_with(' ')) term.remove_prefix(1);
    if (std::exchange(first, false)) {
      if (term != version) return std::nullopt;
    } else if (term.starts_with("lines=")) {
      lines = number(term.substr(6));
    } else if (term.starts_with("variant=")) {
      const auto* const found = std::ranges::find(variants, term.substr(8));
      if (found == variants.end()) return std::nullopt;
      block.variant = static_cast<Variant>(found - variants.begin());
    } else if (term.starts_with("date=")) {
      block.date = date(term.substr(5));
      if (!block.date) return std::nullopt;
    } else if (term == "exact") {
      block.exact = true;
    } else if (term == "open") {
      block.open = true;
    } else {
      return std::nullopt;
    }
  }
  if (!lines || *lines > fields.size()) return std::nullopt;
  return static_cast<std::size_t>(*lines);
}

}  // namespace

std::string format_block(const Block& block) {
  std::string lines = mark_fields(block.marks);
  if (block.content_length) lines += fmt::format("Content-Length: {}\n", *block.content_length);
  std::string out = fmt::format("{} {}; lines={}", name, version, std::ranges::count(lines, '\n'));
  if (block.variant)
    out += fmt::format("; variant={}", variants[static_cast<std::size_t>(*block.variant)]);
  if (block.exact) out += "; exact";
  if (block.open) out += "; open";
  if (block.date) out += fmt::format("; date={}/{}", block.date->seconds, block.date->zone_minutes);
  return out + "\n" + lines;
}

std::optional<ParsedBlock> parse_block(std::string_view message) {
  std::string_view rest = message;
  const auto line = take_line(rest);
  if (!line || !looks_like_block(*line)) return std::nullopt;
  ParsedBlock parsed;
  std::string_view value = line->substr(name.size());
  const auto lines = parse_terms(value, parsed.block);
  if (!lines) return std::nullopt;
  const std::string_view begin = rest;
  for (std::size_t i = 0; i < *lines; ++i) {
    const auto field = take_line(rest);
    const bool known = field && std::ranges::any_of(fields, [&field](std::string_view one) {
                         return equal_ignoring_case(field->substr(0, one.size()), one);
                       });
    if (!known) return std::nullopt;
  }
  const std::string_view header = begin.substr(0, begin.size() - rest.size());
  parsed.block.marks = read_marks(header);
  if (const std::string length = field_value(header, "Content-Length"); !length.empty())
    parsed.block.content_length = number(length);
  parsed.octets = message.size() - rest.size();
  return parsed;
}

bool looks_like_block(std::string_view message) {
  return equal_ignoring_case(message.substr(0, name.size()), name);
}

}  // namespace postern::wire::mbox
