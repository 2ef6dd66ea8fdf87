#pragma once

#include <expected>
#include <string>
#include <string_view>

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

/// What stands behind such a stream of a message of this form, or of one of its parts: the rest of
/// the message (RFC 4469 section 5), and more messages (RFC 3502 section 6).
[[nodiscard]] std::expected<command::AppendPiece, SyntaxError> parse_more_messages(
    const RawCommand& raw, command::NewMessage::Form form, command::AppendPiece::Stream stream,
    Charset charset = Charset::ascii);

/// `search-key *(SP search-key)` by itself, as the definition of a filter has it (RFC 5466 section
/// 3.1): UTF-8, literals with their "{n}" CRLF.
[[nodiscard]] std::expected<SearchKey, SyntaxError> parse_search_program(std::string_view text);

}  // namespace postern::wire::imap
