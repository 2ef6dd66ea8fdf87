#pragma once

#include <cstddef>
#include <optional>

#include "sync/base/uid_set.h"
#include "sync/store/snapshot.h"

namespace postern::imap {

/// How far long work is; no goal: that is not known.
struct Progress {
  std::size_t done = 0;
  std::size_t goal = 0;
};

/// Where is searched: a picture of a mailbox, and what of it is the session's own.
struct SearchPlace {
  store::SnapshotPtr view;
  UidSet recents;
  UidSet saved;                     ///< `$`
  std::optional<Progress> whole{};  ///< what to tell instead of how far it is here
};

}  // namespace postern::imap
