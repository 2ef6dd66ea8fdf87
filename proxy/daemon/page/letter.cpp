#include "proxy/daemon/page/letter.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "sync/store/failure.h"
#include "sync/wire/mime/header.h"
#include "sync/wire/mime/lexer.h"
#include "sync/wire/mime/parameters.h"
#include "sync/wire/mime/part_text.h"
#include "sync/wire/mime/preview.h"
#include "sync/wire/mime/structure.h"
#include "sync/wire/mime/text.h"

namespace postern::daemon::page {
namespace {

using wire::mime::Part;

constexpr std::uint64_t header_octets = 64UL * 1024;
constexpr std::uint64_t part_header_octets = 8UL * 1024;
constexpr std::uint64_t body_octets = 1024UL * 1024;
constexpr std::size_t text_octets = 200UL * 1024;
constexpr std::size_t most_enclosed = 50;
constexpr std::size_t most_parameters = 20;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

void take_fields(std::string_view header, Letter& letter) {
  wire::mime::HeaderFields fields(header);
  while (const auto field = fields.next()) {
    const std::string name = lower(field->name);
    std::string* into = name == "subject"    ? &letter.subject
                        : name == "from"     ? &letter.from
                        : name == "to"       ? &letter.to
                        : name == "cc"       ? &letter.cc
                        : name == "reply-to" ? &letter.reply_to
                                             : nullptr;
    if (into != nullptr && into->empty()) *into = wire::mime::decode_header(field->raw);
    if (name == "date") letter.sent = wire::mime::sent_date(field->raw);
  }
}

/// The value of the parameter, as it would be shown.
std::string parameter(std::string_view raw, std::string_view name) {
  const std::size_t begin = raw.find(';');
  if (begin == std::string_view::npos) return {};
  wire::mime::Lexer lexer(raw.substr(begin));
  const auto all = wire::mime::read_parameters(lexer, most_parameters);
  const std::string* value = wire::mime::find_parameter(all, name);
  return value == nullptr ? std::string() : wire::mime::decode_header(*value);
}

std::string name_of(store::Reader& reader, BodyId body, const Part& part) {
  std::string header;
  reader.read_body(body, part.header_begin,
                   std::min(part.body_begin - part.header_begin, part_header_octets), header);
  std::string name;
  wire::mime::HeaderFields fields(header);
  while (const auto field = fields.next()) {
    const std::string field_name = lower(field->name);
    if (field_name == "content-disposition") {
      if (auto found = parameter(field->raw, "filename"); !found.empty()) return found;
    } else if (field_name == "content-type") {
      name = parameter(field->raw, "name");
    }
  }
  return name;
}

void take_text(store::Reader& reader, BodyId body, const Part& part, Letter& letter) {
  std::string header;
  const std::uint64_t in_header = part.body_begin - part.header_begin;
  if (in_header <= header_octets) reader.read_body(body, part.header_begin, in_header, header);
  std::string octets;
  const std::uint64_t in_body = part.body_end - part.body_begin;
  reader.read_body(body, part.body_begin, std::min(in_body, body_octets), octets);
  letter.cut = in_body > body_octets;
  letter.text = wire::mime::part_text(octets, part, wire::mime::text_flow(header));
  if (letter.text.size() <= text_octets) return;
  std::size_t end = text_octets;
  while (end > 0 && (static_cast<unsigned char>(letter.text[end]) & 0xC0U) == 0x80U) --end;
  letter.text.resize(end);
  letter.cut = true;
}

}  // namespace

Letter read_letter(store::Reader& reader, BodyId body) {
  Letter letter;
  const auto ready = reader.ready(body);
  const std::uint64_t in_header = std::min(ready.header_octets, header_octets);
  const auto structure = wire::mime::Structure::decode(ready.parts);
  std::string header;
  reader.read_body(body, 0, in_header, header);
  take_fields(header, letter);
  if (!structure) return letter;
  const auto shown = wire::mime::preview_part(*structure);
  if (shown) take_text(reader, body, structure->parts[*shown], letter);
  // A message that is enclosed is listed as one, whatever is in it.
  std::vector<bool> inside(structure->parts.size());
  for (std::uint32_t i = 1; i < structure->parts.size(); ++i) {
    const Part& part = structure->parts[i];
    inside[i] = inside[part.parent] || (part.parent != 0 && structure->parts[part.parent].kind ==
                                                                wire::mime::PartKind::message);
    if (inside[i] || i == shown || part.kind == wire::mime::PartKind::multipart) continue;
    if (letter.enclosed.size() == most_enclosed) break;
    letter.enclosed.push_back({name_of(reader, body, part), lower(part.type + "/" + part.subtype),
                               part.body_end - part.body_begin});
  }
  return letter;
}

}  // namespace postern::daemon::page
