#pragma once

#include <string_view>

namespace postern::wire::pop3 {

/// Whether the text of a reply contains `part`, ignoring the case of ASCII letters. Pure.
[[nodiscard]] bool says(std::string_view words, std::string_view part);

/// Whether the text of a -ERR means the command itself, which the server does not have; servers
/// have no response code for it. Pure.
[[nodiscard]] bool means_unknown_command(std::string_view words);

}  // namespace postern::wire::pop3
