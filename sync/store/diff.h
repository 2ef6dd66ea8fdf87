#pragma once

#include <cstdint>
#include <vector>

#include "sync/store/snapshot.h"

namespace postern::store {

/// What a session has to be told to get from one snapshot to another.
struct Changes {
  struct Expunged {
    SeqNum seq;  ///< as it is to be sent: the list is in falling order, so no number is shifted by
                 ///< the one before it
    Uid uid;
  };
  std::vector<Expunged> expunged;
  /// Sequence numbers in the new view, rising, of messages that both views hold with another flags
  /// or MODSEQ.
  std::vector<SeqNum> updated;
  std::uint32_t added = 0;  ///< the last `added` messages of the new view are new
  bool keywords_grew = false;

  [[nodiscard]] bool empty() const {
    return expunged.empty() && updated.empty() && added == 0 && !keywords_grew;
  }
};

/// `mine` and `latest` are snapshots of one mailbox with one UIDVALIDITY, `latest` not older. Costs
/// what differs: pieces that both share are stepped over.
[[nodiscard]] Changes diff(const Snapshot& mine, const Snapshot& latest);

/// Whether a session may be told of expunged messages now (RFC 9051 section 7.5.1).
enum class Expunges { allowed, withheld };

struct CaughtUp {
  SnapshotPtr view;
  Changes changes;  ///< from `mine` to `view`
};

/// The view to go on with and how to tell it. With `withheld`, messages that `latest` lacks stay in
/// the view as they were in `mine`, and their bodies stay readable.
[[nodiscard]] CaughtUp catch_up(SnapshotPtr mine, SnapshotPtr latest, Expunges expunges);

}  // namespace postern::store
