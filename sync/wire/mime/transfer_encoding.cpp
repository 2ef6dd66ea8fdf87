#include <array>
#include <cstdint>

#include "sync/wire/mime/ascii.h"
#include "sync/wire/mime/text.h"

namespace postern::wire::mime {
namespace {

constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> base64_digits = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(no_digit);
  const std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}();

/// RFC 2045 section 6.8. What is outside the alphabet is passed over; padding ends a group, after
/// which another may begin; missing padding is nothing to complain of.
std::string base64(std::string_view octets) {
  std::string out;
  out.reserve(octets.size() / 4 * 3 + 3);
  std::uint32_t group = 0;
  unsigned digits = 0;
  const auto end_group = [&] {
    if (digits >= 2) out += static_cast<char>((group << (6 * (4 - digits))) >> 16 & 0xff);
    if (digits >= 3) out += static_cast<char>((group << (6 * (4 - digits))) >> 8 & 0xff);
    group = 0;
    digits = 0;
  };
  for (const char c : octets) {
    const std::uint8_t digit = base64_digits[static_cast<unsigned char>(c)];
    if (c == '=') end_group();
    if (digit == no_digit) continue;
    group = group << 6 | digit;
    if (++digits < 4) continue;
    out += static_cast<char>(group >> 16 & 0xff);
    out += static_cast<char>(group >> 8 & 0xff);
    out += static_cast<char>(group & 0xff);
    group = 0;
    digits = 0;
  }
  end_group();
  return out;
}

/// The octets of a soft line break at `at`, where '=' stands, or 0: RFC 2045 section 6.7 rule 5,
/// with the white space in front of the line end that transport may have added.
std::size_t soft_break(std::string_view octets, std::size_t at) {
  std::size_t end = at + 1;
  while (end < octets.size() && (octets[end] == ' ' || octets[end] == '\t')) ++end;
  if (end == octets.size()) return end - at;
  if (octets[end] == '\r' && end + 1 < octets.size() && octets[end + 1] == '\n') ++end;
  return octets[end] == '\n' ? end + 1 - at : 0;
}

/// RFC 2045 section 6.7. A '=' that starts nothing stays; white space at the end of a line goes.
std::string quoted_printable(std::string_view octets) {
  std::string out;
  out.reserve(octets.size());
  std::size_t solid = 0;  // `out` up to here is not white space that may still have to go
  for (std::size_t at = 0; at < octets.size();) {
    const char c = octets[at];
    if (c == '=') {
      const int high = at + 2 < octets.size() ? hex_digit(octets[at + 1]) : -1;
      const int low = at + 2 < octets.size() ? hex_digit(octets[at + 2]) : -1;
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high << 4 | low);
        at += 3;
      } else if (const std::size_t soft = soft_break(octets, at)) {
        at += soft;
      } else {
        out += c;
        ++at;
      }
      solid = out.size();
      continue;
    }
    if (c == '\n' || (c == '\r' && at + 1 < octets.size() && octets[at + 1] == '\n')) {
      out.resize(solid);
    }
    out += c;
    ++at;
    if (c != ' ' && c != '\t') solid = out.size();
  }
  out.resize(solid);
  return out;
}

}  // namespace

std::string decode_transfer(std::string_view octets, std::string_view encoding) {
  if (same_name(encoding, "base64")) return base64(octets);
  if (same_name(encoding, "quoted-printable")) return quoted_printable(octets);
  return std::string(octets);
}

}  // namespace postern::wire::mime
