#include "sync/wire/mime/searched_texts.h"

#include <algorithm>

#include <unicode/uversion.h>

#include "sync/wire/mime/ascii.h"
#include "sync/wire/mime/text.h"

namespace postern::wire::mime {
namespace {

constexpr int version = 1;

/// Half a character would make all of a text that does not tell its charset look like no UTF-8.
void drop_last_character(std::string& octets) {
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80; };
  for (int more = 0; more < 3 && !octets.empty() && continues(octets.back()); ++more)
    octets.pop_back();
  if (!octets.empty()) octets.pop_back();
}

}  // namespace

std::uint64_t SearchedText::octets() const {
  return std::min(end - begin,
                  form == Form::header ? searched_header_octets : searched_part_octets);
}

std::string SearchedText::decode(std::string_view octets) const {
  if (form == Form::header) return decode_header(octets);
  std::string decoded = decode_transfer(octets, encoding);
  if (end - begin > searched_part_octets) drop_last_character(decoded);
  return to_utf8(decoded, charset);
}

std::vector<SearchedText> searched_texts(const Structure& structure) {
  std::vector<SearchedText> texts;
  for (std::size_t i = 0; i < structure.parts.size(); ++i) {
    const Part& part = structure.parts[i];
    if (i != 0 && structure.parts[part.parent].kind == PartKind::message)
      texts.push_back({SearchedText::Form::header, part.header_begin, part.body_begin, {}, {}});
    if (part.kind == PartKind::leaf && (part.type.empty() || lower_case(part.type) == "text"))
      texts.push_back(
          {SearchedText::Form::part, part.body_begin, part.body_end, part.encoding, part.charset});
  }
  return texts;
}

std::string searched_texts_version() {
  return std::to_string(version) + "/" + U_ICU_VERSION;
}

}  // namespace postern::wire::mime
