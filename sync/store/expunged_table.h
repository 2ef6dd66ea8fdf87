#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "sync/base/ids.h"
#include "sync/base/uid_set.h"
#include "sync/store/database.h"

namespace postern::store {

/// Which UIDs of a mailbox went at which MODSEQ, for programs that come back (RFC 7162 section
/// 3.2.5). What went long ago is forgotten: the newest `kept` runs stay, and all that went together
/// with the oldest of them. One thread at a time.
class ExpungedTable {
 public:
  static constexpr std::size_t kept = 10'000;
  /// So many runs are added before old ones are looked for again.
  static constexpr std::size_t looked_for_after = 1'000;

  explicit ExpungedTable(Database& database);

  /// All that go at one MODSEQ are recorded together, or one call after another.
  void record(MailboxId mailbox, ModSeq mod_seq, const UidSet& uids);
  /// Forgets all that is known of a mailbox.
  void forget(MailboxId mailbox);
  /// What went after `since`; nullopt: some of it may be forgotten.
  [[nodiscard]] std::optional<UidSet> since(MailboxId mailbox, ModSeq since);

 private:
  std::unordered_map<MailboxId, std::size_t> recorded_;  ///< runs, by this object

  Statement insert_;
  Statement forget_old_;
  Statement forget_;
  Statement oldest_;
  Statement count_;
  Statement since_;
};

}  // namespace postern::store
