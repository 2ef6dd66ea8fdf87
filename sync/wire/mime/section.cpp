#include "sync/wire/mime/section.h"

#include <algorithm>

#include "sync/wire/ascii.h"
#include "sync/wire/mime/header.h"

namespace postern::wire::mime {
namespace {

/// Part `number` of the message whose root is `root`, or of the multipart `root`: RFC 9051 section
/// 6.4.5. A message that is no multipart has one part, its text.
const Part* numbered(const Structure& structure, const Part& root, std::uint32_t number) {
  if (root.kind != PartKind::multipart) return number == 1 ? &root : nullptr;
  if (number == 0 || number > root.children.size()) return nullptr;
  return &structure.parts[root.children[number - 1]];
}

const Part& inner_root(const Structure& structure, const Part& message) {
  return structure.parts[message.children.front()];
}

const Part* find_part(const Structure& structure, const std::vector<std::uint32_t>& path) {
  const Part* part = numbered(structure, structure.parts.front(), path.front());
  for (std::size_t i = 1; part != nullptr && i < path.size(); ++i) {
    if (part->kind == PartKind::leaf) return nullptr;
    const Part& root = part->kind == PartKind::message ? inner_root(structure, *part) : *part;
    part = numbered(structure, root, path[i]);
  }
  return part;
}

Octets header_of(const Part& part) {
  return {part.header_begin, part.body_begin};
}
Octets body_of(const Part& part) {
  return {part.body_begin, part.body_end};
}

/// Whether the path names the empty part that stands in for the parts a multipart does not have.
bool names_stand_in(const Structure& structure, std::vector<std::uint32_t> path) {
  if (path.back() != 1) return false;
  path.pop_back();
  const Part* part = path.empty() ? &structure.parts.front() : find_part(structure, path);
  if (part == nullptr) return false;
  if (part->kind == PartKind::message) part = &inner_root(structure, *part);
  return part->kind == PartKind::multipart && part->children.empty();
}

}  // namespace

std::optional<Octets> locate(const Structure& structure, const Section& section) {
  const Part& message = structure.parts.front();
  const Part* root = &message;  // of the message whose header or text is asked for
  if (!section.path.empty()) {
    const Part* part = find_part(structure, section.path);
    if (part == nullptr) {
      const bool whole =
          section.what == Section::Text::whole || section.what == Section::Text::mime;
      return whole && names_stand_in(structure, section.path) ? std::optional(Octets{0, 0})
                                                              : std::nullopt;
    }
    if (section.what == Section::Text::whole) return body_of(*part);
    if (section.what == Section::Text::mime) return header_of(*part);
    if (part->kind != PartKind::message) return std::nullopt;
    root = &inner_root(structure, *part);
  }
  switch (section.what) {
    case Section::Text::whole: return Octets{0, message.body_end};
    case Section::Text::mime: return std::nullopt;
    case Section::Text::text: return body_of(*root);
    case Section::Text::header:
    case Section::Text::header_fields:
    case Section::Text::header_fields_not: break;
  }
  return header_of(*root);
}

std::optional<BinarySection> locate_binary(const Structure& structure,
                                           const std::vector<std::uint32_t>& path) {
  const auto where = locate(structure, {.path = path, .what = Section::Text::whole, .fields = {}});
  if (!where) return std::nullopt;
  BinarySection section{.where = *where};
  const Part* const part = path.empty() ? nullptr : find_part(structure, path);
  if (part != nullptr && part->kind != PartKind::multipart) {
    section.encoding = transfer_encoding(part->encoding);
  }
  return section;
}

/// FNV-1a.
std::size_t FieldSelection::Hash::operator()(std::string_view name) const {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name) {
    hash ^= static_cast<unsigned char>(to_lower(c));
    hash *= 0x100000001b3U;
  }
  return hash;
}

bool FieldSelection::Same::operator()(std::string_view a, std::string_view b) const {
  return equal_ignoring_case(a, b);
}

/// A client may name thousands of fields, and a header may have hundreds of thousands.
FieldSelection::FieldSelection(const Section& section)
    : named_ones_(section.what != Section::Text::header_fields_not) {
  for (const std::string& name : section.fields) {
    names_.insert(name);
    longest_ = std::max(longest_, name.size());
  }
}

bool FieldSelection::names(std::string_view field) const {
  return field.size() <= longest_ && names_.contains(field);
}

void FieldSelection::append(std::string_view header, std::string& out) const {
  const std::size_t before = out.size();
  HeaderFields fields(header);
  while (const auto field = fields.next()) {
    if (names(field->name) == named_ones_) out += field->lines;
  }
  if (out.size() != before && !out.ends_with('\n')) out += "\r\n";
  out += "\r\n";
}

std::string select_fields(std::string_view header, const Section& section) {
  std::string out;
  FieldSelection(section).append(header, out);
  return out;
}

}  // namespace postern::wire::mime
