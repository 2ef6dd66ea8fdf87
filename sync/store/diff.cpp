#include "sync/store/diff.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "sync/store/piece_builder.h"

namespace postern::store {

namespace {

/// A place in a snapshot that moves by entries or by whole pieces.
class Cursor {
 public:
  explicit Cursor(const Snapshot& snapshot) : pieces_(snapshot.pieces()) {}

  [[nodiscard]] bool done() const { return piece_ == pieces_.size(); }
  [[nodiscard]] bool at_start_of_piece() const { return index_ == 0; }
  [[nodiscard]] const std::shared_ptr<const Piece>& piece() const { return pieces_[piece_]; }
  [[nodiscard]] const Entry& entry() const { return pieces_[piece_]->entries[index_]; }
  [[nodiscard]] SeqNum seq() const { return SeqNum(seq_); }

  void next() {
    ++seq_;
    if (++index_ == pieces_[piece_]->entries.size()) {
      ++piece_;
      index_ = 0;
    }
  }
  void next_piece() {
    seq_ += static_cast<std::uint32_t>(pieces_[piece_]->entries.size());
    ++piece_;
  }

 private:
  const Snapshot::Pieces& pieces_;
  std::size_t piece_ = 0;
  std::size_t index_ = 0;
  std::uint32_t seq_ = 1;
};

/// Both stand before one and the same piece.
bool share_piece(const Cursor& a, const Cursor& b) {
  return !a.done() && !b.done() && a.at_start_of_piece() && b.at_start_of_piece() &&
         a.piece() == b.piece();
}

/// What `latest` holds and, where it lacks them, the messages of `mine`.
Snapshot::Pieces with_ghosts(const Snapshot& mine, const Snapshot& latest) {
  PieceBuilder builder;
  Cursor ours(mine);
  Cursor theirs(latest);
  while (!ours.done() || !theirs.done()) {
    if (share_piece(ours, theirs)) {
      builder.share(ours.piece());
      ours.next_piece();
      theirs.next_piece();
    } else if (theirs.done() || (!ours.done() && ours.entry().uid < theirs.entry().uid)) {
      builder.add(ours.entry());
      ours.next();
    } else if (ours.done() && theirs.at_start_of_piece()) {
      builder.share(theirs.piece());
      theirs.next_piece();
    } else {
      if (!ours.done() && ours.entry().uid == theirs.entry().uid) ours.next();
      builder.add(theirs.entry());
      theirs.next();
    }
  }
  return builder.finish();
}

}  // namespace

Changes diff(const Snapshot& mine, const Snapshot& latest) {
  assert(mine.head().uid_validity == latest.head().uid_validity);
  Changes changes;
  changes.keywords_grew = latest.keywords().size() > mine.keywords().size();
  Cursor old(mine);
  Cursor now(latest);
  while (!old.done()) {
    if (share_piece(old, now)) {
      old.next_piece();
      now.next_piece();
    } else if (now.done() || old.entry().uid < now.entry().uid) {
      changes.expunged.push_back({old.seq(), old.entry().uid});
      old.next();
    } else {
      // A message that only `latest` holds is above all of `mine`: UIDs only rise.
      assert(old.entry().uid == now.entry().uid);
      if (old.entry().flags != now.entry().flags || old.entry().mod_seq != now.entry().mod_seq)
        changes.updated.push_back(now.seq());
      old.next();
      now.next();
    }
  }
  changes.added = latest.size() + 1 - now.seq().value;
  std::ranges::reverse(changes.expunged);
  return changes;
}

CaughtUp catch_up(SnapshotPtr mine, SnapshotPtr latest, Expunges expunges) {
  if (mine == latest) return {std::move(latest), {}};
  Changes changes = diff(*mine, *latest);
  if (expunges == Expunges::allowed || changes.expunged.empty())
    return {std::move(latest), std::move(changes)};

  Snapshot::Head head = latest->head();
  head.pin = mine->head().pin;  // the older one keeps the bodies of the ghosts
  auto view = std::make_shared<const Snapshot>(std::move(head), with_ghosts(*mine, *latest));
  changes = diff(*mine, *view);
  return {std::move(view), std::move(changes)};
}

}  // namespace postern::store
