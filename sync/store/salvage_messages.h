#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "sync/store/salvage_rows.h"

namespace postern::store {

/// Which messages an account's file had, decided from all that could be read of it: the rows of the
/// table, and the index that names bodies. Each message is there once. Where the two say different
/// things about one, that is believed which more of the rest agrees with: sizes, hashes of origins,
/// other messages, UIDs that are known to be expunged.
struct SalvagedMessages {
  using Spot = SalvageRows::Spot;
  struct Message {
    std::int64_t body = 0;  ///< 0: nobody knows which
    std::optional<SalvageRows::Row> row;
    bool doubtful = false;  ///< it was contradicted
  };
  std::map<Spot, Message> all;
  std::uint64_t doubtful = 0;

  static SalvagedMessages decide(const SalvageRows& rows);
};

/// Runs of UIDs of each mailbox that are recorded as expunged, as far as that makes sense.
class ExpungedRuns {
 public:
  explicit ExpungedRuns(const SalvageRows& rows);
  [[nodiscard]] bool contains(const SalvageRows::Spot& spot) const;
  /// So many of a mailbox that older ones may have been forgotten (ExpungedTable).
  [[nodiscard]] bool may_be_cut(std::int64_t mailbox) const;
  /// Calls `visit(first, last)` for each run of UIDs below `uid_next` of a mailbox that are neither
  /// expunged nor in `present`.
  template <class Visit>
  void for_each_gap(std::int64_t mailbox, std::int64_t uid_next,
                    const std::set<std::int64_t>& present, const Visit& visit) const {
    std::int64_t free_from = 1;
    const auto reach = [&](std::int64_t first, std::int64_t last) {
      if (first > free_from) visit(free_from, first - 1);
      if (last >= free_from) free_from = last + 1;
    };
    auto here = present.begin();
    if (const auto runs = runs_.find(mailbox); runs != runs_.end()) {
      for (const auto& [first, last] : runs->second) {
        for (; here != present.end() && *here < first; ++here) reach(*here, *here);
        reach(first, last);
      }
    }
    for (; here != present.end(); ++here) reach(*here, *here);
    reach(uid_next, uid_next);
  }

 private:
  /// first -> last, for each mailbox; runs may overlap.
  std::map<std::int64_t, std::map<std::int64_t, std::int64_t>> runs_;
};

/// A number that was hit must not use up those that are left.
[[nodiscard]] bool possible_spot(const SalvageRows& rows, const SalvageRows::Spot& spot);

}  // namespace postern::store
