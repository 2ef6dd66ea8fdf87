#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace postern::wire::mime {

[[nodiscard]] constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Whether they differ in the case of ASCII letters at most.
[[nodiscard]] constexpr bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, ascii_lower, ascii_lower);
}

[[nodiscard]] std::string lower_case(std::string_view text);  ///< of ASCII letters only

/// Runs of white space as one space, none at the ends.
[[nodiscard]] std::string collapsed(std::string_view text);

/// The value of a hexadecimal digit, or -1.
[[nodiscard]] int hex_digit(char c);

}  // namespace postern::wire::mime
