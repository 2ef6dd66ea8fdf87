#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sync/base/clock.h"
#include "sync/wire/mbox/marks.h"
#include "sync/wire/mbox/variant.h"

namespace postern::wire::mbox {

/// Lines that this program puts before a message where the message alone does not say all that is
/// to be kept: how it is flagged, or that its octets are not those of a plain text file. They
/// belong to the file and not to the message:
///
///   X-Postern: 1; lines=2; exact; open
///   Status: RO
///   X-Status: A
///
/// `lines` counts the lines that follow; a program that adds lines of its own before or between
/// them makes the block a part of the message.
struct Block {
  std::optional<Variant> variant;  ///< how the message is quoted
  bool exact = false;              ///< line ends are as they are, not LF for CRLF
  bool open = false;               ///< the message does not end with a line end
  /// When it arrived, where the line before the message has no words for it.
  std::optional<InternalDate> date;
  Marks marks;
  std::optional<std::uint64_t> content_length;

  friend bool operator==(const Block&, const Block&) = default;
};

/// Lines with LF.
[[nodiscard]] std::string format_block(const Block& block);

struct ParsedBlock {
  Block block;
  std::size_t octets = 0;  ///< of the file, with line ends
};
/// At the beginning of a message; nullopt if there is none, or one that is not whole.
[[nodiscard]] std::optional<ParsedBlock> parse_block(std::string_view message);

/// Whether a message begins with what would be taken for a block.
[[nodiscard]] bool looks_like_block(std::string_view message);

}  // namespace postern::wire::mbox
