#pragma once

#include <cstddef>
#include <string>

#include "sync/base/ids.h"
#include "sync/store/reader.h"
#include "sync/wire/mime/structure.h"

namespace postern::imap {

struct MessagePreview {
  std::string text;      ///< UTF-8; empty: there is nothing to show
  std::size_t read = 0;  ///< octets of the message
};

/// RFC 8970 section 3.1. Looks at the beginning of one part only, however long that is. Throws
/// StoreFailure.
[[nodiscard]] MessagePreview message_preview(store::Reader& reader, BodyId body,
                                             const wire::mime::Structure& structure);

}  // namespace postern::imap
