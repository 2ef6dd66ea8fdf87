#include "sync/wire/mime/ascii.h"

#include <algorithm>

#include "sync/wire/ascii.h"

namespace postern::wire::mime {

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string collapsed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (;;) {
    text.remove_prefix(white_space.run(text));
    if (text.empty()) return out;
    const std::string_view word = text.substr(0, not_white_space.run(text));
    if (!out.empty()) out += ' ';
    out += word;
    text.remove_prefix(word.size());
  }
}

}  // namespace postern::wire::mime
