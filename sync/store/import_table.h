#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

#include "sync/base/ids.h"
#include "sync/store/body.h"
#include "sync/store/database.h"
#include "sync/store/import.h"

namespace postern::store {

/// Which messages of archives a mailbox took already. The thread of its Database.
///
/// Equal messages that are many are counted once and not for each of them: whoever puts messages
/// into mailboxes or takes them out says so with added() or forget_counts(), also when that is
/// taken back.
class ImportTable {
 public:
  explicit ImportTable(Database& database);

  /// What becomes of it; `content` is the hash of its octets as they would be stored.
  [[nodiscard]] Imported judge(MailboxId mailbox, const ImportKey& key, const BodyHash& content);
  /// Whether that would be Imported::known.
  [[nodiscard]] bool knows(MailboxId mailbox, const ImportKey& key);
  void record(MailboxId mailbox, const ImportKey& key);
  /// The mailbox has one more message with this body.
  void added(MailboxId mailbox, const BodyHash& hash);
  void forget_counts() { counts_.clear(); }
  /// The mailbox is no more.
  void forget(MailboxId mailbox);

 private:
  /// Messages of the mailbox with this body.
  [[nodiscard]] std::uint64_t copies(MailboxId mailbox, const BodyHash& hash);

  /// So few are counted each time.
  static constexpr std::uint64_t few = 64;
  static constexpr std::size_t counts_limit = 1000;

  std::map<std::pair<MailboxId, BodyHash>, std::uint64_t> counts_;
  Statement find_;
  Statement copies_;
  Statement record_;
  Statement forget_;
};

}  // namespace postern::store
