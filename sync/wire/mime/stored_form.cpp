#include "sync/wire/mime/stored_form.h"

namespace postern::wire::mime {

void put(std::string& out, std::uint64_t number) {
  while (number >= 0x80) {
    out += static_cast<char>((number & 0x7f) | 0x80);
    number >>= 7;
  }
  out += static_cast<char>(number);
}

void put(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint64_t>(text.size()));
  out += text;
}

std::uint64_t StoredReader::number(std::uint64_t maximum) {
  std::uint64_t result = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) return fail();
    const auto octet = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    if (shift == 63 && octet > 1) return fail();
    result |= static_cast<std::uint64_t>(octet & 0x7f) << shift;
    if ((octet & 0x80) != 0) continue;
    const bool shortest = octet != 0 || shift == 0;
    return shortest && result <= maximum ? result : fail();
  }
  return fail();
}

std::string_view StoredReader::text() {
  const auto size = static_cast<std::size_t>(number(rest_.size()));
  if (size > rest_.size()) {
    fail();
    return {};
  }
  const std::string_view result = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return result;
}

std::uint64_t StoredReader::fail() {
  good_ = false;
  rest_ = {};
  return 0;
}

}  // namespace postern::wire::mime
