#include "sync/store/expunged_table.h"

#include <utility>
#include <vector>

namespace postern::store {

ExpungedTable::ExpungedTable(Database& database)
    : insert_(database, "INSERT INTO expunged(mailbox, mod_seq, first, last) VALUES (?, ?, ?, ?)"),
      // Never a part of what went at one MODSEQ: what is left is whole from its first one on.
      forget_old_(database,
                  "DELETE FROM expunged WHERE mailbox = ?1 AND mod_seq < (SELECT mod_seq FROM "
                  "expunged WHERE mailbox = ?1 ORDER BY mod_seq DESC LIMIT 1 OFFSET ?2)"),
      forget_(database, "DELETE FROM expunged WHERE mailbox = ?"),
      oldest_(database, "SELECT mod_seq FROM expunged WHERE mailbox = ? ORDER BY mod_seq LIMIT 1"),
      count_(database, "SELECT count(*) FROM (SELECT 1 FROM expunged WHERE mailbox = ? LIMIT ?)"),
      since_(database, "SELECT first, last FROM expunged WHERE mailbox = ? AND mod_seq > ?") {}

void ExpungedTable::record(MailboxId mailbox, ModSeq mod_seq, const UidSet& uids) {
  for (const UidSet::Range& range : uids.ranges()) {
    insert_(mailbox, mod_seq, range.first, range.last).finish();
    if (recorded_[mailbox]++ % looked_for_after == 0) forget_old_(mailbox, kept).finish();
  }
}

void ExpungedTable::forget(MailboxId mailbox) {
  recorded_.erase(mailbox);
  forget_(mailbox).finish();
}

std::optional<UidSet> ExpungedTable::since(MailboxId mailbox, ModSeq since) {
  // With fewer than are kept, nothing was ever forgotten.
  auto count = count_(mailbox, kept);
  count.step();
  const bool whole = count.number<std::size_t>(0) < kept;
  count.finish();
  if (!whole) {
    auto oldest = oldest_(mailbox);
    if (oldest.step() && since.next() < oldest.id<ModSeq>(0)) return std::nullopt;
  }
  std::vector<UidSet::Range> ranges;
  for (auto row = since_(mailbox, since); row.step();)
    ranges.push_back({row.id<Uid>(0), row.id<Uid>(1)});
  return UidSet(std::move(ranges));
}

}  // namespace postern::store
