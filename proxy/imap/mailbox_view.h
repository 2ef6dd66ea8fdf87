#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sync/base/uid_set.h"
#include "sync/store/diff.h"
#include "sync/store/mailbox.h"
#include "sync/store/snapshot.h"
#include "sync/wire/imap/command.h"
#include "sync/wire/imap/flag_list.h"
#include "sync/wire/imap/sequence_set.h"

namespace postern::imap {

enum class Access : std::uint8_t { read_write, read_only };

/// A session's picture of its selected mailbox: a snapshot, and which messages are \Recent to it.
/// Sequence numbers live only here. What changed elsewhere is taken over by catch_up() alone, and
/// what that returns is to be told at once. Network thread; RFC 3501 section 2.3.1.2.
class MailboxView {
 public:
  MailboxView(std::shared_ptr<store::Mailbox> mailbox, std::string name, Access access);

  [[nodiscard]] store::Mailbox& mailbox() const { return *mailbox_; }
  [[nodiscard]] MailboxId id() const { return mailbox_->id(); }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool read_only() const { return access_ == Access::read_only; }
  [[nodiscard]] const store::Snapshot& snapshot() const { return *view_; }
  [[nodiscard]] const store::SnapshotPtr& snapshot_ptr() const { return view_; }
  /// The latest picture holds something that this one lacks.
  [[nodiscard]] bool stale() const { return mailbox_->latest() != view_; }

  /// The same, apart from messages whose end is withheld.
  [[nodiscard]] bool behind() const {
    return mailbox_->latest()->head().highest_mod_seq != view_->head().highest_mod_seq;
  }

  [[nodiscard]] store::Changes catch_up(store::Expunges expunges);
  /// The MODSEQ up to which all is told, while messages that are gone are still shown.
  [[nodiscard]] std::optional<ModSeq> told_up_to() const {
    return withholds_ ? std::optional(whole_mod_seq_) : std::nullopt;
  }

  [[nodiscard]] wire::imap::Recent recent(Uid uid) const {
    return recent_.contains(uid) ? wire::imap::Recent::yes : wire::imap::Recent::no;
  }
  [[nodiscard]] const UidSet& recents() const { return recent_; }
  [[nodiscard]] std::uint32_t recent_count() const;

  /// The messages that a set of a command names, as runs of sequence numbers. UIDs that the view
  /// does not hold are passed over. `beyond`: a sequence number names no message.
  struct Chosen {
    wire::imap::SequenceSet::Ranges runs;
    bool beyond = false;
  };
  [[nodiscard]] Chosen choose(const wire::imap::SequenceSet& set,
                              wire::imap::Numbers numbers) const;
  [[nodiscard]] UidSet uids(const Chosen& chosen) const;

  /// What `$` stands for (RFC 5182 section 2.1). Messages that leave the view leave it as well.
  [[nodiscard]] const UidSet& saved() const { return saved_; }
  void save(UidSet uids) { saved_ = std::move(uids); }

 private:
  void claim_recent();
  void choose(Uid first, Uid last, Chosen& chosen) const;

  std::shared_ptr<store::Mailbox> mailbox_;
  std::string name_;
  Access access_;
  store::SnapshotPtr view_;
  ModSeq whole_mod_seq_;    ///< of the last picture that withheld nothing
  bool withholds_ = false;  ///< `view_` does
  UidSet recent_;
  UidSet saved_;
};

}  // namespace postern::imap
