#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sync/base/ids.h"
#include "sync/store/body.h"

namespace postern::imap {

/// RFC 8474 section 5.1: what octets a message has, and nothing else, decides its EMAILID.
[[nodiscard]] std::string email_id(const store::BodyHash& hash);
/// nullopt: no message bears such an id.
[[nodiscard]] std::optional<store::BodyHash> parse_email_id(std::string_view id);

/// RFC 8474 section 4.1: a UIDVALIDITY is given once in an account, and a renamed mailbox keeps it.
[[nodiscard]] std::string mailbox_id(UidValidity uid_validity);

}  // namespace postern::imap
