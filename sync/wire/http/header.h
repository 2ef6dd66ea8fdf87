#pragma once

#include <optional>
#include <string_view>

namespace postern::wire::http {

/// RFC 9110 section 5.6.2.
[[nodiscard]] bool is_token(std::string_view text);

/// field-name ":" OWS field-value OWS (RFC 9112 section 5), as views of the line.
struct FieldLine {
  std::string_view name;
  std::string_view value;
};
/// nullopt for white space before the colon, a folded line, and control characters.
[[nodiscard]] std::optional<FieldLine> parse_field(std::string_view line);

}  // namespace postern::wire::http
