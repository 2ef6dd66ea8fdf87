#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/base/clock.h"
#include "sync/base/flags.h"
#include "sync/base/ids.h"

namespace postern::store {

/// One message of a mailbox, as much of it as is needed without touching the database.
struct Entry {
  Uid uid;
  std::uint32_t octets = 0;  ///< RFC822.SIZE
  BodyId body;
  ModSeq mod_seq;
  InternalDate date;
  WallTime saved_at{};  ///< RFC 8514: when it came into this mailbox
  Flags flags;
};

/// A run of entries by rising UID, never changed once it stands in a snapshot. At most
/// `Piece::limit` entries.
struct Piece {
  static constexpr std::size_t limit = 256;
  std::vector<Entry> entries;
};

/// Keeps the bodies that were reachable in `mailbox` at `mod_seq` from being reclaimed for as long
/// as it lives.
struct Pin {
  MailboxId mailbox;
  ModSeq mod_seq;
};

/// Immutable picture of one mailbox at one MODSEQ. Shares unchanged pieces with the snapshot before
/// it, so making one costs what changed. Any thread may read it.
class Snapshot {
 public:
  struct Head {
    MailboxId mailbox;
    UidValidity uid_validity;
    Uid uid_next{1};
    ModSeq highest_mod_seq{1};
    /// Names of the keyword bits, bit 0 first; shared while no keyword is added.
    std::shared_ptr<const std::vector<std::string>> keywords;
    std::shared_ptr<const Pin> pin;
  };
  using Pieces = std::vector<std::shared_ptr<const Piece>>;

  /// What is known about all messages together.
  struct Totals {
    std::uint32_t unseen = 0;
    std::uint32_t deleted = 0;
    std::uint64_t octets = 0;

    void add(const Entry& entry);
    void remove(const Entry& entry);
    friend bool operator==(const Totals&, const Totals&) = default;
  };

  /// `pieces` are non-empty and rise by UID through all of them. Looks at every message.
  Snapshot(Head head, Pieces pieces);
  /// For who knows the totals already: costs the number of pieces.
  Snapshot(Head head, Pieces pieces, const Totals& totals);

  [[nodiscard]] const Head& head() const { return head_; }
  [[nodiscard]] const Pieces& pieces() const { return pieces_; }
  [[nodiscard]] const std::vector<std::string>& keywords() const { return *head_.keywords; }

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] std::uint32_t unseen() const { return totals_.unseen; }
  [[nodiscard]] std::uint32_t deleted() const { return totals_.deleted; }
  [[nodiscard]] std::uint64_t octets() const { return totals_.octets; }
  [[nodiscard]] const Totals& totals() const { return totals_; }

  /// `seq` is from 1 to size().
  [[nodiscard]] const Entry& at(SeqNum seq) const;
  [[nodiscard]] std::optional<SeqNum> find(Uid uid) const;
  /// The first message whose UID is not below `uid`; size() + 1 if there is none.
  [[nodiscard]] SeqNum lower_bound(Uid uid) const;

  /// Calls `visit(SeqNum, const Entry&)` for the messages from `first` to `last`, both included.
  template <class Visit>
  void for_range(SeqNum first, SeqNum last, Visit visit) const {
    auto [piece, index] = locate(first);
    for (std::uint32_t seq = first.value; seq <= last.value && piece < pieces_.size();
         ++piece, index = 0) {
      const std::vector<Entry>& entries = pieces_[piece]->entries;
      for (; index < entries.size() && seq <= last.value; ++index, ++seq)
        visit(SeqNum(seq), entries[index]);
    }
  }
  template <class Visit>
  void for_each(Visit visit) const {
    if (size_ != 0) for_range(SeqNum(1), SeqNum(size_), visit);
  }

 private:
  struct Place {
    std::size_t piece;
    std::size_t index;
  };
  [[nodiscard]] Place locate(SeqNum seq) const;

  Head head_;
  Pieces pieces_;
  std::vector<std::uint32_t> before_;  ///< how many messages stand before each piece
  std::uint32_t size_ = 0;
  Totals totals_;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace postern::store
