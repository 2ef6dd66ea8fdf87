#include "sync/wire/smtp/enhanced_status.h"

#include <fmt/format.h>

namespace postern::wire::smtp {

namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}

/// RFC 3463 section 2: one to three digits.
std::optional<std::uint16_t> take_number(std::string_view& rest) {
  std::uint16_t value = 0;
  std::size_t count = 0;
  while (count < rest.size() && count < 4 && digit(rest[count]))
    value = static_cast<std::uint16_t>(value * 10 + (rest[count++] - '0'));
  if (count == 0 || count > 3) return std::nullopt;
  rest.remove_prefix(count);
  return value;
}

bool take_dot(std::string_view& rest) {
  if (!rest.starts_with('.')) return false;
  rest.remove_prefix(1);
  return true;
}

}  // namespace

std::string EnhancedStatus::text() const {
  return fmt::format("{}.{}.{}", kind, subject, detail);
}

std::optional<EnhancedStatus> take_enhanced_status(std::string_view& text) {
  std::string_view rest = text;
  const auto kind = take_number(rest);
  if (!kind || (*kind != 2 && *kind != 4 && *kind != 5) || !take_dot(rest)) return std::nullopt;
  const auto subject = take_number(rest);
  if (!subject || !take_dot(rest)) return std::nullopt;
  const auto detail = take_number(rest);
  if (!detail || (!rest.empty() && rest.front() != ' ')) return std::nullopt;
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  text = rest;
  return EnhancedStatus{*kind, *subject, *detail};
}

}  // namespace postern::wire::smtp
