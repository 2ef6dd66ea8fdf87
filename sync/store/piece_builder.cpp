#include "sync/store/piece_builder.h"

#include <utility>

namespace postern::store {

void PieceBuilder::close() {
  if (open_.empty()) return;
  auto piece = std::make_shared<Piece>();
  // Pieces that expunges leave small are joined when one of them is made anew, or a mailbox would
  // end as many pieces of one message each.
  if (!pieces_.empty() && pieces_.back()->entries.size() + open_.size() <= Piece::limit / 2) {
    const std::vector<Entry>& before = pieces_.back()->entries;
    piece->entries.reserve(before.size() + open_.size());
    piece->entries = before;
    pieces_.pop_back();
  }
  piece->entries.insert(piece->entries.end(), open_.begin(), open_.end());
  pieces_.push_back(std::move(piece));
  open_.clear();
}

void PieceBuilder::share(std::shared_ptr<const Piece> piece) {
  close();
  pieces_.push_back(std::move(piece));
}

void PieceBuilder::add(const Entry& entry) {
  if (open_.size() == Piece::limit) close();
  open_.push_back(entry);
}

Snapshot::Pieces PieceBuilder::finish() {
  close();
  return std::move(pieces_);
}

}  // namespace postern::store
