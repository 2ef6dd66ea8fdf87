#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/uid_set.h"
#include "sync/store/database.h"
#include "sync/store/snapshot.h"

namespace postern::store {

/// Entries of mailboxes as they stand in the database. Writer's thread.
class MessageTable {
 public:
  struct Row {
    Entry entry;
    OriginId origin;  ///< 0: none
  };
  /// An entry without its flags and dates.
  struct Brief {
    Uid uid;
    BodyId body;
    OriginId origin;  ///< 0: none
  };

  explicit MessageTable(Database& database);

  /// The messages of `uids` that are there, by rising UID.
  [[nodiscard]] std::vector<Row> find(MailboxId mailbox, const UidSet& uids);
  /// Likewise, of those that have all these system flags.
  [[nodiscard]] std::vector<Brief> briefs(MailboxId mailbox, const UidSet& uids, Flags all_of = {});
  /// Calls `visit` for each message, by rising UID.
  void each(MailboxId mailbox, const std::function<void(const Entry&)>& visit);
  [[nodiscard]] bool any(MailboxId mailbox);

  void insert(MailboxId mailbox, const Row& row);
  void set_flags(MailboxId mailbox, Uid uid, Flags flags, ModSeq mod_seq);
  void remove(MailboxId mailbox, const UidSet& uids);
  /// Where the entries of an origin are.
  [[nodiscard]] std::vector<std::pair<MailboxId, Uid>> places(OriginId origin);

 private:
  Statement select_;
  Statement insert_;
  Statement set_flags_;
  Statement remove_;
  Statement select_briefs_;
  Statement places_;
};

}  // namespace postern::store
