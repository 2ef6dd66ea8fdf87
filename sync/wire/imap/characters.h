#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postern::wire::imap {

// RFC 3501 section 9: classes of octets. Everything above 0x7e and below 0x20 is outside all of
// them.

/// Whether quoted strings may hold UTF-8 and mailbox names are in it (RFC 9051 section 5.1, RFC
/// 9755 section 3), or all is ASCII and mailbox names are in modified UTF-7.
enum class Charset : std::uint8_t { ascii, utf8 };

[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_printable(char c) {
  return c >= 0x20 && c < 0x7f;
}
[[nodiscard]] constexpr bool is_list_wildcard(char c) {
  return c == '%' || c == '*';
}
[[nodiscard]] constexpr bool is_atom_char(char c) {
  return c > 0x20 && c < 0x7f && c != '(' && c != ')' && c != '{' && c != '"' && c != '\\' &&
         c != ']' && !is_list_wildcard(c);
}
[[nodiscard]] constexpr bool is_astring_char(char c) {
  return is_atom_char(c) || c == ']';
}
[[nodiscard]] constexpr bool is_tag_char(char c) {
  return is_astring_char(c) && c != '+';
}
[[nodiscard]] constexpr bool is_list_char(char c) {
  return is_astring_char(c) || is_list_wildcard(c);
}

/// RFC 8474 section 7.
[[nodiscard]] constexpr bool is_object_id_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

}  // namespace postern::wire::imap
