#include "proxy/imap/message_preview.h"

#include <algorithm>
#include <cstdint>

#include "sync/wire/mime/part_text.h"
#include "sync/wire/mime/preview.h"

namespace postern::imap {
namespace {

/// A header beyond that says nothing about its text.
constexpr std::uint64_t header_octets = 64UL * 1024;
/// Coded text is longer than what it says, and HTML has its styles in front.
constexpr std::uint64_t body_octets = 256UL * 1024;

}  // namespace

MessagePreview message_preview(store::Reader& reader, BodyId body,
                               const wire::mime::Structure& structure) {
  MessagePreview result;
  const auto index = wire::mime::preview_part(structure);
  if (!index) return result;
  const wire::mime::Part& part = structure.parts[*index];
  const std::uint64_t header_size = part.body_begin - part.header_begin;
  std::string header;
  if (wire::mime::text_kind(part) == wire::mime::TextKind::plain && header_size <= header_octets)
    reader.read_body(body, part.header_begin, header_size, header);
  std::string octets;
  reader.read_body(body, part.body_begin, std::min(part.body_end - part.body_begin, body_octets),
                   octets);
  result.read = header.size() + octets.size();
  result.text =
      wire::mime::preview(wire::mime::part_text(octets, part, wire::mime::text_flow(header)));
  return result;
}

}  // namespace postern::imap
