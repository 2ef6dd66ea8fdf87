#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postern::wire::imap {

/// The beginning of what a server says, as far as somebody in between has to understand it
/// (RFC 9051 section 2.2.2). Views are into the line, which comes without its end.
struct ServerLine {
  enum class Kind : std::uint8_t { untagged, tagged, go_ahead, nonsense };
  Kind kind = Kind::nonsense;
  std::string_view tag;      ///< of a tagged one
  std::string_view keyword;  ///< behind the tag or "*": "OK", "CAPABILITY", "23"; not behind "+"

  /// The keyword in any case.
  [[nodiscard]] bool is(std::string_view name) const;
};
[[nodiscard]] ServerLine parse_server_line(std::string_view line);

/// The capabilities that the line tells, by itself or in a response code, as they are written (RFC
/// 9051 section 7.2.2).
[[nodiscard]] std::vector<std::string> capabilities_in(std::string_view line);
/// Whether the line tells capabilities, by itself or in a response code, and this one is among them
/// (RFC 9051 section 7.2.2).
[[nodiscard]] bool tells_capability(std::string_view line, std::string_view name);
/// The line without these among the capabilities that it tells; else as it is.
[[nodiscard]] std::string without_capabilities(std::string_view line,
                                               std::span<const std::string_view> names);

}  // namespace postern::wire::imap
