#pragma once

#include <string>
#include <string_view>

#include "config/config.h"

namespace postern::relay {

using Protocol = config::Relay::Protocol;

/// "imap"
[[nodiscard]] const char* name_of(Protocol protocol);

/// The reason as a part of one answer: what no line may hold becomes '?', what is too long for one
/// is cut.
[[nodiscard]] std::string one_line(std::string_view reason);

/// The last word to a program, in its protocol, with the reason: `* BYE [UNAVAILABLE] ...`
/// (RFC 5530), `-ERR [SYS/TEMP] ...` (RFC 3206), `421 4.4.0 ...` (RFC 5321 section 3.8).
[[nodiscard]] std::string farewell(Protocol protocol, std::string_view reason);

/// What stands in the place of a server's greeting that came before TLS.
[[nodiscard]] std::string own_greeting(Protocol protocol);

}  // namespace postern::relay
