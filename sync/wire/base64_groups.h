#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postern::wire {

/// What base64 is made of: groups of four letters that stand for three octets, without padding. RFC
/// 4648 section 4. For what comes in megabytes: several groups at a time where the processor can.
struct Base64Group {
  static constexpr std::size_t letters = 4;
  static constexpr std::size_t octets = 3;
};

inline constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Not the value of any letter.
inline constexpr std::uint8_t no_base64_letter = 64;

/// 0 to 63, or no_base64_letter.
[[nodiscard]] std::uint8_t base64_value(char letter);

/// Decodes the groups that `text` begins with, up to one that is not whole or not of letters alone;
/// how many they are. `to` has room for the octets of all groups that fit into `text`; what is
/// behind the decoded ones is undefined.
std::size_t decode_base64_groups(std::string_view text, char* to);

/// Writes the letters of `octets`, whose size is that of whole groups, to `to`.
void encode_base64_groups(std::string_view octets, char* to);

/// Decodes the lines that `text` begins with, each of `groups` groups, of which none are no line,
/// and CR LF, up to one that is not; how many they are. `to` has room for the octets of all lines
/// that fit into `text`; what is behind the decoded ones is undefined.
std::size_t decode_base64_lines(std::string_view text, std::size_t groups, char* to);

/// Writes such lines to `to`; the size of `octets` is that of whole lines.
void encode_base64_lines(std::string_view octets, std::size_t groups, char* to);

}  // namespace postern::wire
