#include "sync/wire/mime/searched_texts.h"

#include <algorithm>

#include <fmt/format.h>
#include <unicode/uversion.h>

#include "sync/wire/mime/header.h"
#include "sync/wire/mime/html_text.h"
#include "sync/wire/mime/part_text.h"
#include "sync/wire/mime/text.h"

namespace postern::wire::mime {
namespace {

constexpr int version = 4;

SearchedText searched_part(const Part& part) {
  // Only there may lines flow, and only a header that is read as a whole tells.
  const bool may_flow = text_kind(part) == TextKind::plain &&
                        part.body_begin - part.header_begin <= searched_header_octets;
  return {.form = SearchedText::Form::part,
          .begin = may_flow ? part.header_begin : part.body_begin,
          .end = part.body_end,
          .text = part.body_begin,
          .part = part};
}

}  // namespace

std::uint64_t SearchedText::octets() const {
  if (form == Form::header) return std::min(end - begin, searched_header_octets);
  return text - begin + std::min(end - text, searched_part_octets);
}

std::string SearchedText::decode(std::string_view octets) const {
  if (form == Form::header) return header_text(octets);
  const std::string_view header = octets.substr(0, text - begin);
  return part_text(octets.substr(header.size()), part, text_flow(header));
}

std::string header_text(std::string_view header) {
  std::string out;
  std::size_t looked_at = 0;
  const auto strange = [&](std::size_t until) {
    const std::string lines = decode_header(header.substr(looked_at, until - looked_at));
    if (!lines.empty()) out.append(lines).append("\n");
  };
  HeaderFields fields(header);
  while (const auto field = fields.next()) {
    const auto begin = static_cast<std::size_t>(field->lines.data() - header.data());
    strange(begin);
    out.append(field->name).append(": ").append(decode_header(field->raw)).append("\n");
    looked_at = begin + field->lines.size();
  }
  strange(header.size());
  return out;
}

std::vector<SearchedText> searched_texts(const Structure& structure) {
  std::vector<SearchedText> texts;
  for (std::size_t i = 0; i < structure.parts.size(); ++i) {
    const Part& part = structure.parts[i];
    if (i != 0 && structure.parts[part.parent].kind == PartKind::message)
      texts.push_back({.form = SearchedText::Form::header,
                       .begin = part.header_begin,
                       .end = part.body_begin,
                       .text = part.header_begin,
                       .part = {}});
    if (text_kind(part) != TextKind::none) texts.push_back(searched_part(part));
  }
  return texts;
}

std::string searched_texts_version() {
  return fmt::format("{}/{}/{}", version, U_ICU_VERSION, html_text_version());
}

}  // namespace postern::wire::mime
