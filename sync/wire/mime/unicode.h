#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace postern::wire::mime {

/// How many octets stand before the first one that is not ASCII.
[[nodiscard]] std::size_t ascii_prefix(std::string_view text);
[[nodiscard]] bool is_ascii(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text);

/// The next code point of `utf8` at `at`, nothing where the octets are ill-formed; then `at` is
/// behind those that belong together.
[[nodiscard]] std::optional<char32_t> next_point(std::string_view utf8, std::size_t& at);

/// Ill-formed octets and unpaired surrogates become U+FFFD.
[[nodiscard]] std::u16string utf16_from(std::string_view utf8);
[[nodiscard]] std::string utf8_from(std::u16string_view utf16);

}  // namespace postern::wire::mime
