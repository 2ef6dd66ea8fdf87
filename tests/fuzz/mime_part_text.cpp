#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sync/wire/mime/flowed.h"
#include "sync/wire/mime/html_text.h"
#include "sync/wire/mime/part_text.h"
#include "sync/wire/mime/preview.h"
#include "sync/wire/mime/text.h"
#include "sync/wire/mime/unicode.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::wire::mime;

namespace {

std::size_t characters(std::string_view utf8) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < utf8.size(); ++count) require(next_point(utf8, at).has_value());
  return count;
}

void check_preview(std::string_view text) {
  const std::string shown = preview(text);
  require(characters(shown) <= preview_characters);
  require(shown.find_first_of("\r\n\t") == std::string::npos && !shown.starts_with(' '));
}

}  // namespace

/// Whatever comes, the text is UTF-8 and no longer than what could be meant. The first octet
/// chooses how the part is declared.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view octets(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string utf8 = to_utf8(octets, "");
  for (const Flow flow : {Flow::fixed, Flow::flowed, Flow::flowed_delsp}) {
    const std::string text = unflowed(utf8, flow);
    require(is_utf8(text) && text.size() <= 2 * utf8.size() + 1);
    require(text.empty() || text.ends_with('\n'));
  }
  const std::string html = html_text(utf8);
  require(is_utf8(html) && html.find('\0') == std::string::npos);
  require(html.size() <= 12 * utf8.size() + 16);
  check_preview(html);
  check_preview(octets);

  Part part;
  part.type = "text";
  part.subtype = (data[0] & 1U) != 0 ? "html" : "plain";
  if ((data[0] & 2U) != 0) part.encoding = "quoted-printable";
  if ((data[0] & 4U) != 0) part.encoding = "base64";
  if ((data[0] & 8U) != 0) part.charset = "iso-8859-1";
  const std::string text = part_text(octets, part, Flow::flowed);
  require(is_utf8(text));
  check_preview(text);
  return 0;
}
