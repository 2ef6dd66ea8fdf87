#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern::wire::smtp {

/// RFC 3463 section 2: "class.subject.detail". The class is 2, 4 or 5.
struct EnhancedStatus {
  std::uint16_t kind = 0;  ///< the class
  std::uint16_t subject = 0;
  std::uint16_t detail = 0;

  friend constexpr auto operator<=>(EnhancedStatus, EnhancedStatus) = default;
  [[nodiscard]] std::string text() const;
};

/// Takes one off the front of `text`, with the blanks behind it; nullopt, and `text` as it was, if
/// none stands there.
[[nodiscard]] std::optional<EnhancedStatus> take_enhanced_status(std::string_view& text);

}  // namespace postern::wire::smtp
