#include "config/text_check.h"

#include <fmt/format.h>

namespace postern::config {
namespace {

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}

/// Octets of the UTF-8 sequence that `text` begins with (RFC 3629 section 4); 0: none does.
std::size_t utf8_sequence(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t count = lead < 0x80   ? 1
                            : lead < 0xc2 ? 0
                            : lead < 0xe0 ? 2
                            : lead < 0xf0 ? 3
                            : lead < 0xf5 ? 4
                                          : 0;
  if (count == 0 || count > text.size()) return 0;
  for (std::size_t i = 1; i < count; ++i) {
    if (!continues(text[i])) return 0;
  }
  if (count < 3) return count;
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool surrogate = lead == 0xed && second > 0x9f;
  const bool beyond = lead == 0xf4 && second > 0x8f;
  return overlong || surrogate || beyond ? 0 : count;
}

std::optional<Problem> check_octet(std::string_view rest) {
  const auto octet = static_cast<unsigned char>(rest[0]);
  if (octet == 0x7f || (octet < 0x20 && octet != '\t' && octet != '\n' && octet != '\r')) {
    return Problem{fmt::format("a control character (octet 0x{:02x}) in the text", octet),
                   "delete it; the file must be plain UTF-8 text"};
  }
  if (octet == '\r' && !rest.starts_with("\r\n")) {
    return Problem{"a carriage return without a line feed",
                   "end lines with a line feed, in the editor: \"Unix\" line ends"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<FormMistake> check_text(std::string_view text) {
  Place at;
  if (text.size() > largest_file) {
    return FormMistake{at,
                       "",
                       {fmt::format("the file is larger than {} KiB", largest_file / 1024),
                        "give the configuration file, not another one"}};
  }
  if (text.starts_with("\xef\xbb\xbf") || text.starts_with("\xff\xfe") ||
      text.starts_with("\xfe\xff")) {
    return FormMistake{
        at, "", {"the file begins with a byte order mark", "save it as UTF-8 without BOM"}};
  }
  bool indenting = true;
  while (!text.empty()) {
    if (auto problem = check_octet(text)) return FormMistake{at, "", std::move(*problem)};
    const std::size_t count = utf8_sequence(text);
    if (count == 0) {
      return FormMistake{at, "", {"not UTF-8 text", "save the file as UTF-8"}};
    }
    if (indenting && text[0] == '\t') {
      return FormMistake{at, "", {"a tab in the indentation", "indent with spaces"}};
    }
    if (text[0] == '\n') {
      ++at.line;
      at.column = 0;
      indenting = true;
    } else if (text[0] != ' ') {
      indenting = false;
    }
    ++at.column;
    text.remove_prefix(count);
  }
  return std::nullopt;
}

}  // namespace postern::config
