#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace postern::store {

/// Attachments travel as lines of base64, which no compressor makes smaller than the octets they
/// stand for. Here runs of such lines are put apart, as those octets, from the text around them,
/// and exactly what was there is made of the two again. Part of the file format:
///
///     frame  = *(text run) text
///     text   = number, octets that stand for themselves
///     run    = number of quartets in each line, number of lines
///
/// The octets of all runs follow each other. Each line of a run is quartets of the 64 letters and
/// CRLF; padding, other line ends and everything else is text. RFC 2045 section 6.8.
struct PackedLines {
  std::string frame;
  std::string octets;
};

/// False, with `packed` in any state, if `raw` would hardly become smaller.
[[nodiscard]] bool pack_base64_lines(std::string_view raw, PackedLines& packed);

/// Writes what the two stand for to `into`, which has room for `room` octets. False if it does not
/// fill the room exactly, or if they are no packed lines.
[[nodiscard]] bool unpack_base64_lines(std::string_view frame, std::string_view octets, char* into,
                                       std::size_t room);

/// Numbers in these forms: groups of seven bits, the lowest first, the last one below 128.
void append_number(std::size_t number, std::string& out);
/// Takes it off the front of `from`; nullopt if none stands there.
[[nodiscard]] std::optional<std::size_t> take_number(std::string_view& from);

}  // namespace postern::store
