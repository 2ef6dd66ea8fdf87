#pragma once

#include <optional>
#include <string>

#include "sync/store/body.h"
#include "sync/store/reader.h"
#include "sync/wire/imap/message_url.h"
#include "sync/wire/mime/section.h"

namespace postern::imap {

/// What a URL names of a body (RFC 4469 section 3).
struct MessagePart {
  BodyId body;
  wire::mime::Octets where;           ///< of the body, or of `fields`
  std::optional<std::string> fields;  ///< if it asks for some fields of a header
};

/// nullopt: there is no such part. What `;PARTIAL=` names beyond the end is not there, and no
/// error. Throws StoreFailure.
[[nodiscard]] std::optional<MessagePart> find_part(store::Reader& reader, BodyId body,
                                                   const wire::imap::MessageUrl& url);

/// Appends a piece of the part to a message that is made. Throws StoreFailure.
void copy_piece(store::Reader& reader, const MessagePart& part, wire::mime::Octets piece,
                store::IncomingBody& to);

}  // namespace postern::imap
