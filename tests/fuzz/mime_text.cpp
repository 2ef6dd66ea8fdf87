#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sync/wire/mime/text.h"
#include "sync/wire/mime/unicode.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::wire::mime;

/// K6, K9: whatever comes, the text is UTF-8. The first octet chooses the charset.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<std::string_view, 16> charsets = {
      "",           "utf-8",     "iso-8859-1",  "utf-16",  "utf-7",     "iso-2022-jp",
      "gb2312",     "big5",      "euc-kr",      "koi8-r",  "shift_jis", "utf-32",
      "hz-gb-2312", "x-unknown", "iso-2022-kr", "us-ascii"};
  if (size == 0) return 0;
  const std::string_view octets(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string header = decode_header(octets);
  require(is_utf8(header) && header.find('\n') == std::string::npos);
  require(decode_transfer(octets, "base64").size() <= octets.size());
  require(decode_transfer(octets, "quoted-printable").size() <= octets.size());
  require(is_utf8(to_utf8(octets, charsets[data[0] % charsets.size()])));
  require(is_utf8(to_utf8("a", octets)));
  const std::string folded = fold(octets);
  require(is_utf8(folded) && fold(folded) == folded);
  return 0;
}
