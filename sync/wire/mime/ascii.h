#pragma once

#include <string>
#include <string_view>

namespace postern::wire::mime {

[[nodiscard]] std::string lower_case(std::string_view text);  ///< of ASCII letters only

/// Runs of white space as one space, none at the ends.
[[nodiscard]] std::string collapsed(std::string_view text);

/// The value of a hexadecimal digit, or -1.
[[nodiscard]] int hex_digit(char c);

}  // namespace postern::wire::mime
