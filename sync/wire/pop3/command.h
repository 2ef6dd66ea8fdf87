#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace postern::wire::pop3 {

enum class Verb : std::uint8_t {
  apop,
  auth,
  capa,
  dele,
  list,
  noop,
  pass,
  quit,
  retr,
  rset,
  stat,
  stls,
  top,
  uidl,
  user,
  utf8,  ///< RFC 6856 section 2
  unknown,
};

/// One command line of a mail program (RFC 1939 section 3, RFC 2449, RFC 5034). Views are into the
/// line.
struct Command {
  Verb verb = Verb::unknown;
  /// Why the arguments do not fit the verb, for the -ERR; empty when they do.
  std::string_view wrong;
  std::optional<std::uint32_t> message;     ///< RETR, DELE, TOP; LIST and UIDL if given
  std::uint64_t lines = 0;                  ///< TOP
  std::string_view argument;                ///< USER; PASS with all its blanks; AUTH's mechanism
  std::optional<std::string_view> initial;  ///< AUTH: the initial response, "=" for an empty one
};

[[nodiscard]] Command parse_command(std::string_view line);

}  // namespace postern::wire::pop3
