#include "sync/wire/mime/ascii.h"

#include <algorithm>

namespace postern::wire::mime {

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), ascii_lower);
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string collapsed(std::string_view text) {
  std::string out;
  out.resize_and_overwrite(text.size(), [text](char* const begin, std::size_t) {
    char* end = begin;
    bool space = false;
    for (const char c : text) {
      if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        space = true;
        continue;
      }
      if (space && end != begin) *end++ = ' ';
      space = false;
      *end++ = c;
    }
    return static_cast<std::size_t>(end - begin);
  });
  return out;
}

}  // namespace postern::wire::mime
