#pragma once

#include <string_view>

#include "proxy/imap/mailbox_view.h"

namespace postern::imap {

/// RFC 4314 section 2.1: what a program may do with a mailbox. Nobody may give rights to others.
/// The old rights c and d go along with the new ones that they were split into (section 2.1.1).
[[nodiscard]] constexpr std::string_view rights_of(std::string_view mailbox, Access access) {
  if (access == Access::read_only) return "lr";
  // INBOX cannot be deleted.
  return mailbox == "INBOX" ? "lrswitekcd" : "lrswitekxcd";
}

}  // namespace postern::imap
