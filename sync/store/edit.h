#pragma once

#include <optional>
#include <span>

#include "sync/store/snapshot.h"

namespace postern::store {

/// What a transaction did to one message of an open mailbox: how it stands now, or that it is gone.
struct Edit {
  MailboxId mailbox;
  Uid uid;
  std::optional<Entry> entry;  ///< empty: expunged
};

/// The snapshot after `edits`, which are of one mailbox, sorted by UID, in the order they were made
/// where UIDs are equal: the last one counts. New messages have UIDs above all that `before` holds.
/// Costs the pieces that the edits touch. Pure.
[[nodiscard]] SnapshotPtr apply(const Snapshot& before, Snapshot::Head head,
                                std::span<const Edit> edits);

}  // namespace postern::store
