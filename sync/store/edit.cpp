#include "sync/store/edit.h"

#include <utility>

#include "sync/store/piece_builder.h"

namespace postern::store {

namespace {

/// Steps through edits by UID; of several of one UID it shows the last.
class EditCursor {
 public:
  explicit EditCursor(std::span<const Edit> edits) : edits_(edits) { settle(); }

  [[nodiscard]] bool done() const { return at_ == edits_.size(); }
  [[nodiscard]] const Edit& get() const { return edits_[at_]; }
  void next() {
    ++at_;
    settle();
  }

 private:
  void settle() {
    while (at_ + 1 < edits_.size() && edits_[at_ + 1].uid == edits_[at_].uid) ++at_;
  }

  std::span<const Edit> edits_;
  std::size_t at_ = 0;
};

}  // namespace

SnapshotPtr apply(const Snapshot& before, Snapshot::Head head, std::span<const Edit> edits) {
  PieceBuilder builder;
  Snapshot::Totals totals = before.totals();
  EditCursor edit(edits);
  const Snapshot::Pieces& pieces = before.pieces();
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::vector<Entry>& entries = pieces[i]->entries;
    const bool grows = i + 1 == pieces.size() && !edit.done() && entries.size() < Piece::limit;
    if ((edit.done() || edit.get().uid > entries.back().uid) && !grows) {
      builder.share(pieces[i]);
      continue;
    }
    for (const Entry& entry : entries) {
      if (edit.done() || edit.get().uid != entry.uid) {
        builder.add(entry);
        continue;
      }
      totals.remove(entry);
      if (edit.get().entry) {
        totals.add(*edit.get().entry);
        builder.add(*edit.get().entry);
      }
      edit.next();
    }
  }
  for (; !edit.done(); edit.next()) {
    if (!edit.get().entry) continue;  // came and went between two snapshots
    totals.add(*edit.get().entry);
    builder.add(*edit.get().entry);
  }
  return std::make_shared<const Snapshot>(std::move(head), builder.finish(), totals);
}

}  // namespace postern::store
