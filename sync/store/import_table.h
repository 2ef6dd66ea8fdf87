#pragma once

#include "sync/base/ids.h"
#include "sync/store/body.h"
#include "sync/store/database.h"
#include "sync/store/import.h"

namespace postern::store {

/// Which messages of archives a mailbox took already. The thread of its Database.
class ImportTable {
 public:
  explicit ImportTable(Database& database);

  /// What becomes of it; `content` is the hash of its octets as they would be stored.
  [[nodiscard]] Imported judge(MailboxId mailbox, const ImportKey& key, const BodyHash& content);
  void record(MailboxId mailbox, const ImportKey& key);
  /// The mailbox is no more.
  void forget(MailboxId mailbox);

 private:
  /// Messages of the mailbox with this body.
  [[nodiscard]] std::uint64_t copies(MailboxId mailbox, const BodyHash& hash);

  Statement find_;
  Statement copies_;
  Statement record_;
  Statement forget_;
};

}  // namespace postern::store
