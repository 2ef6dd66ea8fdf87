#include "proxy/imap/stored_texts.h"

#include <algorithm>

#include "sync/store/failure.h"
#include "sync/wire/imap/characters.h"
#include "sync/wire/mime/structure.h"
#include "sync/wire/mime/text.h"

namespace postern::imap {

std::string StoredTexts::read(std::uint64_t begin, std::uint64_t end, std::uint64_t limit) {
  std::string octets;
  reader_.read_body(body_, begin, std::min(end - begin, limit), octets);
  octets_read_ += octets.size();
  return octets;
}

std::string_view StoredTexts::header() {
  if (!header_read_) {
    header_ = read(0, reader_.ready(body_).header_octets, header_limit);
    header_read_ = true;
  }
  return header_;
}

bool StoredTexts::any_text(const std::function<bool(std::string_view)>& visit) {
  auto structure = wire::mime::Structure::decode(reader_.ready(body_).parts);
  if (!structure)
    throw store::StoreFailure(store::FailureKind::corrupt,
                              "the stored parts of a message: " + structure.error());
  for (std::size_t i = 0; i < structure->parts.size(); ++i) {
    const wire::mime::Part& part = structure->parts[i];
    const bool inner_message =
        i != 0 && structure->parts[part.parent].kind == wire::mime::PartKind::message;
    if (inner_message) {
      const std::string header = read(part.header_begin, part.body_begin, header_limit);
      if (visit(wire::mime::fold(wire::mime::decode_header(header)))) return true;
    }
    const bool text = part.kind == wire::mime::PartKind::leaf &&
                      (part.type.empty() || wire::imap::equal_ignoring_case(part.type, "text"));
    if (!text) continue;
    const std::string octets = read(part.body_begin, part.body_end, part_limit);
    const std::string decoded = wire::mime::decode_transfer(octets, part.encoding);
    if (visit(wire::mime::fold(wire::mime::to_utf8(decoded, part.charset)))) return true;
  }
  return false;
}

}  // namespace postern::imap
