#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sync/base/uid_set.h"
#include "sync/store/snapshot.h"

namespace postern::pop3 {

/// An account's INBOX as one session sees it from login to QUIT (RFC 1939 section 5): a snapshot,
/// and which of its messages the session has marked as deleted. Message numbers are sequence
/// numbers of the snapshot.
class Maildrop {
 public:
  explicit Maildrop(store::SnapshotPtr snapshot)
      : snapshot_(std::move(snapshot)), deleted_(snapshot_->size(), false) {
    count_ = snapshot_->size();
    octets_ = snapshot_->octets();
  }

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
  [[nodiscard]] std::uint32_t last() const { return snapshot_->size(); }
  /// RFC 1939 section 7: unique as long as the message exists, and stable over sessions.
  [[nodiscard]] std::string uidl(const store::Entry& entry) const;
  [[nodiscard]] UidSet marked() const;
  [[nodiscard]] MailboxId mailbox() const { return snapshot_->head().mailbox; }
  [[nodiscard]] const store::SnapshotPtr& snapshot() const { return snapshot_; }

 private:
  store::SnapshotPtr snapshot_;
  std::vector<bool> deleted_;  ///< by message number, from 0
  std::uint32_t count_ = 0;
  std::uint64_t octets_ = 0;
};

}  // namespace postern::pop3
