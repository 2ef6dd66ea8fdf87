#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace postern::wire {

/// RFC 1939 section 3: keywords compare without regard to ASCII case. `capitals` is in capitals.
[[nodiscard]] bool is_word(std::string_view word, std::string_view capitals);

/// Takes the next word off the front of `rest`, with the blanks before it; several blanks count as
/// one, tabs as blanks. Empty at the end.
[[nodiscard]] std::string_view take_word(std::string_view& rest);

/// Without blanks at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// Decimal digits and nothing else; nullopt when there are none or the number does not fit.
[[nodiscard]] std::optional<std::uint64_t> number(std::string_view digits);

}  // namespace postern::wire
