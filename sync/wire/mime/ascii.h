#pragma once

#include <string>
#include <string_view>

namespace postern::wire::mime {

[[nodiscard]] char ascii_lower(char c);
[[nodiscard]] std::string lower_case(std::string_view text);           ///< of ASCII letters only
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);  ///< ignoring ASCII case

/// Runs of white space as one space, none at the ends.
[[nodiscard]] std::string collapsed(std::string_view text);

/// The value of a hexadecimal digit, or -1.
[[nodiscard]] int hex_digit(char c);

}  // namespace postern::wire::mime
