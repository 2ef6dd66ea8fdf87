#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sync/store/mailbox.h"

namespace postern::imap {

/// What became of a name.
struct NameChange {
  enum class What : std::uint8_t { created, deleted, renamed, subscription };
  What what = What::created;
  std::string name;      ///< as it is now
  std::string old_name;  ///< of one that was renamed
  friend bool operator==(const NameChange&, const NameChange&) = default;
};

/// What a program has to be told to get from one tree to another (RFC 5465 sections 5.4 and 5.5):
/// first of mailboxes, then of subscriptions, each by rising names.
[[nodiscard]] std::vector<NameChange> name_changes(const store::MailboxTree& mine,
                                                   const store::MailboxTree& latest);

}  // namespace postern::imap
