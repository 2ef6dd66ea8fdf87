#pragma once

#include <cstdint>
#include <vector>

#include "sync/base/uid_set.h"
#include "sync/store/snapshot.h"

namespace postern::imap {

/// The UIDs of a mailbox in batches of `size` messages, not 0, the newest first: those from number
/// `first` to number `last`, counted from 1, as far as there are so many. The last of all may be
/// smaller; together they hold every UID from 1 to the highest one. RFC 10022 section 3.1.
[[nodiscard]] std::vector<UidSet::Range> uid_batches(const store::Snapshot& view,
                                                     std::uint32_t size, std::uint32_t first,
                                                     std::uint32_t last);

}  // namespace postern::imap
