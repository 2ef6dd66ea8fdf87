#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace postern::wire::imap {

/// Whether the client waits for "+" before it sends a literal (RFC 7888).
enum class Literal : std::uint8_t { synchronising, non_synchronising };

/// A literal that a line announces.
struct Announced {
  std::string_view before;  ///< the line without "{n}"
  std::uint64_t octets = 0;
  Literal literal = Literal::synchronising;
};

/// RFC 7888 section 8: `"{" number ["+"] "}"` at the end of a line. Anything else is left to the
/// grammar, which takes no brace. Too large a number stays too large.
[[nodiscard]] std::optional<Announced> literal_at_end(std::string_view line);

}  // namespace postern::wire::imap
