#include "sync/store/import_table.h"

#include <span>

#include "sync/store/body_table.h"

namespace postern::store {

ImportTable::ImportTable(Database& database)
    : find_(database, "SELECT 1 FROM imported WHERE mailbox = ? AND hash = ? AND occurrence = ?"),
      copies_(database,
              "SELECT count(*) FROM body JOIN message ON message.body = body.id "
              "WHERE body.hash_key = ? AND body.hash = ? AND message.mailbox = ?"),
      record_(database, "INSERT INTO imported(mailbox, hash, occurrence) VALUES(?, ?, ?)"),
      forget_(database, "DELETE FROM imported WHERE mailbox = ?") {}

std::uint64_t ImportTable::copies(MailboxId mailbox, const BodyHash& hash) {
  if (const auto found = counts_.find({mailbox, hash}); found != counts_.end())
    return found->second;
  auto row = copies_(hash_key(hash), std::span<const std::uint8_t>(hash), mailbox);
  const std::uint64_t count = row.step() ? row.number<std::uint64_t>(0) : 0;
  if (count <= few) return count;
  if (counts_.size() == counts_limit) counts_.clear();
  counts_.emplace(std::pair(mailbox, hash), count);
  return count;
}

void ImportTable::added(MailboxId mailbox, const BodyHash& hash) {
  if (const auto found = counts_.find({mailbox, hash}); found != counts_.end()) ++found->second;
}

bool ImportTable::knows(MailboxId mailbox, const ImportKey& key) {
  return find_(mailbox, std::span<const std::uint8_t>(key.identity), key.occurrence).step();
}

Imported ImportTable::judge(MailboxId mailbox, const ImportKey& key, const BodyHash& content) {
  if (knows(mailbox, key)) return Imported::known;
  std::uint64_t held = copies(mailbox, content);
  if (content != key.identity) held += copies(mailbox, key.identity);
  return held >= key.occurrence ? Imported::present : Imported::added;
}

void ImportTable::record(MailboxId mailbox, const ImportKey& key) {
  record_(mailbox, std::span<const std::uint8_t>(key.identity), key.occurrence).finish();
}

void ImportTable::forget(MailboxId mailbox) {
  forget_(mailbox).finish();
}

}  // namespace postern::store
