#pragma once

#include <optional>
#include <vector>

#include "sync/base/ids.h"
#include "sync/base/uid_set.h"
#include "sync/store/snapshot.h"
#include "sync/wire/imap/command.h"
#include "sync/wire/imap/sequence_set.h"

namespace postern::imap {

/// Those of the messages that changed after `since` (RFC 7162 section 3.1.4.1).
[[nodiscard]] wire::imap::SequenceSet::Ranges changed_since(
    const store::Snapshot& view, const wire::imap::SequenceSet::Ranges& runs, ModSeq since);

/// The UIDs of `wanted` that went, as far as the view is without them. `recorded` is what the store
/// knows to have gone; if it does not know any more, all UIDs that are missing from the view may
/// have (RFC 7162 section 3.2.5), above those of which `known` shows that they are still there.
[[nodiscard]] UidSet vanished(const store::Snapshot& view, const UidSet& wanted,
                              const std::optional<UidSet>& recorded,
                              const wire::imap::command::Known& known);

}  // namespace postern::imap
