#include "proxy/imap/message_part.h"

#include <algorithm>
#include <string_view>

#include "sync/store/failure.h"
#include "sync/wire/mime/structure.h"

namespace postern::imap {
namespace {

using Text = wire::mime::Section::Text;

/// What of a header is looked at for its fields: as much as is parsed on arrival.
constexpr std::uint64_t header_limit = wire::mime::Limits().header_octets;

}  // namespace

std::optional<MessagePart> find_part(store::Reader& reader, BodyId body,
                                     const wire::imap::MessageUrl& url) {
  const auto structure = wire::mime::Structure::decode(reader.ready(body).parts);
  if (!structure)
    throw store::StoreFailure(store::FailureKind::corrupt,
                              "the stored parts of a message: " + structure.error());
  const auto where = wire::mime::locate(*structure, url.section);
  if (!where) return std::nullopt;
  MessagePart part{body, *where, std::nullopt};
  if (url.section.what == Text::header_fields || url.section.what == Text::header_fields_not) {
    std::string header;
    reader.read_body(body, where->begin, std::min(where->end - where->begin, header_limit), header);
    part.fields = wire::mime::select_fields(header, url.section);
    part.where = {0, part.fields->size()};
  }
  if (url.partial) {
    wire::mime::Octets& range = part.where;
    range.begin += std::min(url.partial->offset, range.end - range.begin);
    if (url.partial->octets)
      range.end = range.begin + std::min(*url.partial->octets, range.end - range.begin);
  }
  return part;
}

void copy_piece(store::Reader& reader, const MessagePart& part, wire::mime::Octets piece,
                store::IncomingBody& to) {
  const auto count = static_cast<std::size_t>(piece.end - piece.begin);
  if (part.fields) return to.feed(std::string_view(*part.fields).substr(piece.begin, count));
  std::string octets;
  reader.read_body(part.body, piece.begin, count, octets);
  if (octets.size() != count)
    throw store::StoreFailure(store::FailureKind::corrupt,
                              "a stored message is shorter than it was");
  to.feed(octets);
}

}  // namespace postern::imap
