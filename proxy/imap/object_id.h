#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "sync/base/ids.h"
#include "sync/store/body.h"
#include "sync/wire/mime/sort_keys.h"

namespace postern::imap {

/// RFC 8474 section 5.1: what octets a message has, and nothing else, decides its EMAILID.
[[nodiscard]] std::string email_id(const store::BodyHash& hash);
/// nullopt: no message bears such an id.
[[nodiscard]] std::optional<store::BodyHash> parse_email_id(std::string_view id);

/// RFC 8474 section 5.2: the messages that name the same root have the same THREADID. It is made of
/// the octets of the message, so it never changes, and copies have the same one. What names no
/// message, not even itself, is a thread of its own.
[[nodiscard]] std::string thread_id(const wire::mime::SortKeys& keys,
                                    const std::function<store::BodyHash()>& hash);

/// RFC 8474 section 4.1: a UIDVALIDITY is given once in an account, and a renamed mailbox keeps it.
[[nodiscard]] std::string mailbox_id(UidValidity uid_validity);

}  // namespace postern::imap
