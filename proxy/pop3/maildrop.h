#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sync/base/uid_set.h"
#include "sync/store/snapshot.h"

namespace postern::pop3 {

/// An account's INBOX as one session sees it from login to QUIT (RFC 1939 section 5): a snapshot,
/// and which of its messages the session has marked as deleted. Message numbers count those that it
/// is shown, in their order.
class Maildrop {
 public:
  /// `hidden`: what it is not shown.
  explicit Maildrop(store::SnapshotPtr snapshot, const UidSet& hidden = {});

  /// The message with this number; nullptr if there is none or it is marked as deleted.
  [[nodiscard]] const store::Entry* find(std::uint64_t number) const;
  /// `number` was found.
  void remove(std::uint32_t number);
  /// RSET: no message is marked any more.
  void restore();

  /// Without the ones marked as deleted.
  [[nodiscard]] std::uint32_t count() const { return count_; }
  [[nodiscard]] std::uint64_t octets() const { return octets_; }
  /// The highest message number.
  [[nodiscard]] std::uint32_t last() const { return static_cast<std::uint32_t>(deleted_.size()); }
  /// Of a message that was found, in the snapshot.
  [[nodiscard]] SeqNum seq(std::uint32_t number) const {
    return shown_.empty() ? SeqNum(number) : shown_[number - 1];
  }
  /// RFC 1939 section 7: unique as long as the message exists, and stable over sessions.
  [[nodiscard]] std::string uidl(const store::Entry& entry) const;
  [[nodiscard]] UidSet marked() const;
  [[nodiscard]] MailboxId mailbox() const { return snapshot_->head().mailbox; }
  [[nodiscard]] const store::SnapshotPtr& snapshot() const { return snapshot_; }

 private:
  store::SnapshotPtr snapshot_;
  std::vector<SeqNum> shown_;  ///< by message number, from 0; empty: all of the snapshot
  std::vector<bool> deleted_;  ///< by message number, from 0
  std::uint32_t count_ = 0;
  std::uint64_t octets_ = 0;
};

}  // namespace postern::pop3
