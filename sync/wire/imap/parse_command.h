#pragma once

#include <expected>
#include <string>

#include "sync/wire/imap/command.h"
#include "sync/wire/imap/framer.h"

namespace postern::wire::imap {

/// What is wrong with a command, for a tagged BAD.
struct SyntaxError {
  std::string tag;  ///< "*" if none could be read
  std::string text;
};

/// RFC 3501 section 9, `command`. One pass, recursion limited to 32 levels.
[[nodiscard]] std::expected<Command, SyntaxError> parse_command(const RawCommand& raw,
                                                                Charset charset = Charset::ascii);

/// RFC 3502 section 6, `append-message` behind another one: flags, date and the stream.
[[nodiscard]] std::expected<command::NewMessage, SyntaxError> parse_new_message(
    const RawCommand& raw, Charset charset = Charset::ascii);

}  // namespace postern::wire::imap
