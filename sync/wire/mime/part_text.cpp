#include "sync/wire/mime/part_text.h"

#include "sync/wire/ascii.h"
#include "sync/wire/mime/html_text.h"
#include "sync/wire/mime/part_header.h"
#include "sync/wire/mime/text.h"

namespace postern::wire::mime {
namespace {

/// Half a character at the end would make all of an undeclared text look like no UTF-8.
void drop_cut_character(std::string& octets) {
  std::size_t more = 0;
  while (more < 3 && more < octets.size() &&
         (static_cast<unsigned char>(octets[octets.size() - 1 - more]) & 0xc0U) == 0x80) {
    ++more;
  }
  if (more == octets.size()) return;
  const auto lead = static_cast<unsigned char>(octets[octets.size() - 1 - more]);
  std::size_t whole = 0;
  if (lead >= 0xf0) {
    whole = 3;
  } else if (lead >= 0xe0) {
    whole = 2;
  } else if (lead >= 0xc0) {
    whole = 1;
  }
  if (more < whole) octets.resize(octets.size() - 1 - more);
}

}  // namespace

TextKind text_kind(const Part& part) {
  if (part.kind != PartKind::leaf) return TextKind::none;
  if (part.type.empty()) return TextKind::plain;
  if (!equal_ignoring_case(part.type, "text")) return TextKind::none;
  if (equal_ignoring_case(part.subtype, "plain")) return TextKind::plain;
  return equal_ignoring_case(part.subtype, "html") ? TextKind::html : TextKind::other;
}

Flow text_flow(std::string_view part_header) {
  return read_part_header(part_header, PartContext::multipart_child, Nesting::allowed, Limits{})
      .flow;
}

std::string part_text(std::string_view body, const Part& part, Flow flow) {
  std::string octets = decode_transfer(body, part.encoding);
  const TextKind kind = text_kind(part);
  const bool html = kind == TextKind::html;
  std::string_view charset = part.charset;
  if (html && charset.empty()) charset = html_charset(octets);
  if (charset.empty()) drop_cut_character(octets);
  const std::string text = to_utf8(octets, charset);
  if (html) return html_text(text);
  return unflowed(text, kind == TextKind::plain ? flow : Flow::fixed);
}

}  // namespace postern::wire::mime
