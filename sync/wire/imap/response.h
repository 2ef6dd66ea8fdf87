#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sync/wire/imap/characters.h"

namespace postern::wire::imap {

/// RFC 3501 section 7.1.
enum class Condition : std::uint8_t { ok, no, bad, bye };

// Values in answers. Whatever octets a value holds, it cannot end the line or change what stands
// around it: what does not fit between quotes goes as a literal.

/// `string`: quoted if that is possible, else a literal.
void append_string(std::string& out, std::string_view octets);
/// `nstring`.
void append_nstring(std::string& out, std::optional<std::string_view> octets);
/// `astring`: an atom if that is possible.
void append_astring(std::string& out, std::string_view octets);
/// The same for a mailbox name, as modified UTF-7 or as UTF-8. It holds no control characters.
void append_mailbox(std::string& out, std::string_view utf8, Charset charset = Charset::ascii);
/// `"{" number "}" CRLF`, the octets to follow.
void append_literal_start(std::string& out, std::uint64_t octets);
/// `"~{" number "}" CRLF`: octets that may hold NUL follow (RFC 3516 section 7).
void append_literal8_start(std::string& out, std::uint64_t octets);
/// `text`: what a line of human text must not hold becomes '?'.
void append_text(std::string& out, std::string_view text);

/// A status line, "TAG OK [CODE] text" CRLF; no code if it is empty. `tag` is "*" for untagged
/// ones.
void append_status(std::string& out, std::string_view tag, Condition condition,
                   std::string_view code, std::string_view text);

}  // namespace postern::wire::imap
