#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/uid_set.h"
#include "sync/store/snapshot.h"
#include "sync/wire/imap/search_key.h"

namespace postern::imap {

/// What search keys refer to outside the view.
struct References {
  WallTime now;
  UidSet saved;                                     ///< `$`
  std::unordered_map<std::string, BodyId> emails;   ///< by EMAILID, as far as they are here
  std::unordered_map<std::string, UidSet> threads;  ///< by THREADID, of the view
};

/// What the keys of one kind have for a value: the ids that a search names.
[[nodiscard]] std::vector<std::string> values_of(const wire::imap::SearchKey& key,
                                                 wire::imap::SearchKey::Kind kind);

/// The key with what it refers to in it: `$` becomes UIDs; `number` becomes seconds since 1970 for
/// OLDER and YOUNGER, and a BodyId for EMAILID, 0 if there is none; THREADID becomes the UIDs of
/// its messages in the view.
[[nodiscard]] wire::imap::SearchKey resolved(wire::imap::SearchKey key,
                                             const References& references);

/// A key that says the same when the numbers of messages have changed: sequence numbers and `$`
/// become the UIDs that they mean now (RFC 5267 section 4.3).
[[nodiscard]] wire::imap::SearchKey pinned(wire::imap::SearchKey key, const store::Snapshot& view,
                                           const UidSet& saved);

[[nodiscard]] wire::imap::SearchKey uid_key(const UidSet& uids);

/// Whether a key of which `is` holds stands somewhere in the tree.
template <class Is>
[[nodiscard]] bool any_key(const wire::imap::SearchKey& key, Is is) {
  if (is(key)) return true;
  for (const auto& child : key.children) {
    if (any_key(child, is)) return true;
  }
  return false;
}

}  // namespace postern::imap
