#pragma once

#include <cstdint>
#include <string_view>

namespace postern::engine {

/// What the words of a refusal hint at. Many servers have no response code for it (RFC 3206), so
/// that their words are all there is. A hint makes us more patient or an explanation better; it
/// never makes a password go out.
enum class Hint : std::uint8_t {
  none,
  throttled,   ///< logged in too often, try later
  access_off,  ///< POP3 is not switched on for this mailbox
};

/// `words` as the server sent them; English and German, as servers of providers speak.
[[nodiscard]] Hint hint_of(std::string_view words);

}  // namespace postern::engine
