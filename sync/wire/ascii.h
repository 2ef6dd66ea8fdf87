#pragma once

#include <algorithm>
#include <string_view>

#include "sync/wire/octet_set.h"

/// ASCII as protocols mean it: nothing above 0x7f has a case.
namespace postern::wire {

/// SP and TAB; RFC 5234 appendix B.1 `WSP`.
inline constexpr OctetSet blanks([](char c) { return c == ' ' || c == '\t'; });
/// These and line ends.
inline constexpr OctetSet white_space([](char c) { return blanks(c) || c == '\r' || c == '\n'; });
inline constexpr OctetSet not_white_space([](char c) { return !white_space(c); });

inline constexpr OctetSet alphanumeric([](char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
});
/// RFC 5322 section 3.2.3.
inline constexpr OctetSet atext([](char c) {
  return alphanumeric(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").contains(c);
});

[[nodiscard]] constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] constexpr char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
[[nodiscard]] constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

}  // namespace postern::wire
