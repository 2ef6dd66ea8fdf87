#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "sync/base/flags.h"
#include "sync/base/ids.h"
#include "sync/store/database.h"
#include "sync/store/mailbox.h"
#include "sync/store/snapshot.h"
#include "sync/store/transaction.h"
#include "sync/store/undo_log.h"

namespace postern::store {

/// A mailbox as the writer knows it.
struct MailboxRow {
  MailboxInfo info;
  Uid uid_next{1};
  ModSeq mod_seq{1};
  Uid first_recent{1};
  std::shared_ptr<const std::vector<std::string>> keywords;  ///< by bit
};

/// All mailboxes and subscriptions, held in memory; every change is in the undo log too. UIDNEXT,
/// MODSEQ and the like reach the database in flush(), once a commit; all else at once.
///
/// Writer's thread.
class MailboxTable {
 public:
  static constexpr std::size_t mailbox_limit = 10'000;
  static constexpr std::size_t keyword_limit = 64;
  static constexpr std::size_t keyword_octets = 128;

  MailboxTable(Database& database, UndoLog& undo);

  [[nodiscard]] const MailboxRow* find(MailboxId id) const;
  [[nodiscard]] const MailboxRow* find(std::string_view canonical_name) const;
  /// The oldest one with a special use.
  [[nodiscard]] std::optional<MailboxId> find(SpecialUse use) const;
  [[nodiscard]] bool has_children(std::string_view canonical_name) const;
  [[nodiscard]] std::vector<MailboxId> children(std::string_view canonical_name) const;
  [[nodiscard]] bool anyone_is(SpecialUse use) const;
  [[nodiscard]] std::size_t count() const { return rows_.size(); }

  Result<MailboxId> create(const std::string& canonical_name, SpecialUse use, WallTime now);
  void remove(MailboxId id);
  void rename(MailboxId id, const std::string& canonical_name);
  void subscribe(const std::string& canonical_name);
  void unsubscribe(const std::string& canonical_name);

  /// A new write begins, also one of the store's own: its first change of a mailbox is undone by
  /// itself and gets a MODSEQ of its own.
  void begin_write() { ++write_; }
  /// The MODSEQ of this write's changes in the mailbox.
  ModSeq bump(MailboxId id);
  /// The next UID, taken; refused when there are no more (RFC 9051 section 2.3.1.1).
  Result<Uid> take_uid(MailboxId id);
  /// Flags as bits of this mailbox. Makes keywords that it lacks, up to the limit.
  Result<Flags> flags(MailboxId id, const FlagNames& names);
  /// As far as the mailbox knows them.
  [[nodiscard]] Flags known_flags(MailboxId id, const FlagNames& names) const;
  void set_first_recent(MailboxId id, Uid uid);

  /// Writes what changed since the last flush.
  void flush();
  [[nodiscard]] std::shared_ptr<const MailboxTree> tree() const;
  /// Rises with every change that tree() shows.
  [[nodiscard]] std::uint64_t tree_version() const { return tree_version_; }

 private:
  struct Slot {
    MailboxRow row;
    std::uint64_t touched_in = 0;  ///< the write that last saved an undo step
    std::uint64_t bumped_in = 0;
  };

  void load();
  Slot& edit(MailboxId id);
  void tree_changed();

  Database& database_;
  UndoLog& undo_;
  std::unordered_map<MailboxId, Slot> rows_;
  std::map<std::string, MailboxId, std::less<>> by_name_;
  std::set<std::string, std::less<>> subscriptions_;
  std::unordered_set<MailboxId> dirty_;
  std::uint64_t write_ = 1;
  std::uint64_t tree_version_ = 0;

  Statement insert_;
  Statement take_validity_;
  Statement update_;
  Statement rename_;
  Statement remove_;
  Statement insert_keyword_;
  Statement remove_keywords_;
  Statement subscribe_;
  Statement unsubscribe_;
};

}  // namespace postern::store
