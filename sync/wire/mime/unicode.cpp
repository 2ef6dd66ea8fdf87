#include "sync/wire/mime/unicode.h"

#include <unicode/utf16.h>

#include <cstdint>
#include <cstring>
#include <optional>

namespace postern::wire::mime {
namespace {

constexpr char32_t replacement = 0xfffd;

/// Behind what was written.
char* write_utf8(char* out, char32_t point) {
  if (point < 0x80) {
    *out++ = static_cast<char>(point);
    return out;
  }
  if (point >= 0x10000) {
    *out++ = static_cast<char>(0xf0 | point >> 18);
    *out++ = static_cast<char>(0x80 | (point >> 12 & 0x3f));
  } else if (point >= 0x800) {
    *out++ = static_cast<char>(0xe0 | point >> 12);
  }
  if (point >= 0x800) {
    *out++ = static_cast<char>(0x80 | (point >> 6 & 0x3f));
  } else {
    *out++ = static_cast<char>(0xc0 | point >> 6);
  }
  *out++ = static_cast<char>(0x80 | (point & 0x3f));
  return out;
}

/// How many octets from `at` on are ASCII, as far as whole words of them are.
std::size_t ascii_words(std::string_view text, std::size_t at) {
  constexpr std::uint64_t high_bits = 0x8080808080808080U;
  const std::size_t begin = at;
  for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & high_bits) != 0) break;
  }
  return at - begin;
}

struct Lead {
  unsigned more = 0;   ///< octets that follow
  unsigned least = 0;  ///< bounds of the first of them
  unsigned most = 0;
};

/// The Unicode Standard, table 3-7. Nothing follows an octet that begins no sequence.
Lead lead_of(unsigned octet) {
  if (octet < 0xc2 || octet > 0xf4) return {};
  if (octet < 0xe0) return {1, 0x80, 0xbf};
  if (octet < 0xf0) return {2, octet == 0xe0 ? 0xa0U : 0x80U, octet == 0xed ? 0x9fU : 0xbfU};
  return {3, octet == 0xf0 ? 0x90U : 0x80U, octet == 0xf4 ? 0x8fU : 0xbfU};
}

}  // namespace

std::optional<char32_t> next_point(std::string_view utf8, std::size_t& at) {
  const auto octet_at = [&](std::size_t place) { return static_cast<unsigned char>(utf8[place]); };
  const unsigned first = octet_at(at++);
  if (first < 0x80) return first;
  Lead lead = lead_of(first);
  if (lead.more == 0) return std::nullopt;
  char32_t point = first & (0x3fU >> lead.more);
  for (; lead.more > 0; --lead.more) {
    if (at == utf8.size() || octet_at(at) < lead.least || octet_at(at) > lead.most) {
      return std::nullopt;
    }
    point = point << 6U | (octet_at(at++) & 0x3fU);
    lead.least = 0x80;
    lead.most = 0xbf;
  }
  return point;
}

std::size_t ascii_prefix(std::string_view text) {
  std::size_t size = ascii_words(text, 0);
  while (size < text.size() && static_cast<unsigned char>(text[size]) < 0x80) ++size;
  return size;
}

bool is_ascii(std::string_view text) {
  return ascii_prefix(text) == text.size();
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = ascii_words(text, 0); at < text.size(); at += ascii_words(text, at)) {
    if (!next_point(text, at)) return false;
  }
  return true;
}

std::u16string utf16_from(std::string_view utf8) {
  std::u16string out;
  out.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) {
    const char32_t point = next_point(utf8, at).value_or(replacement);
    if (point < 0x10000) {
      out += static_cast<char16_t>(point);
    } else {
      out += U16_LEAD(point);
      out += U16_TRAIL(point);
    }
  }
  return out;
}

std::string utf8_from(std::u16string_view utf16) {
  std::string out;
  // A unit becomes three octets at most, and so does half of a pair.
  out.resize_and_overwrite(3 * utf16.size(), [&](char* begin, std::size_t) {
    char* end = begin;
    for (std::size_t at = 0; at < utf16.size();) {
      char32_t point = 0;
      U16_NEXT(utf16, at, utf16.size(), point);
      end = write_utf8(end, U_IS_SURROGATE(point) ? replacement : point);
    }
    return static_cast<std::size_t>(end - begin);
  });
  return out;
}

}  // namespace postern::wire::mime
