#include "sync/store/piece_builder.h"

#include <utility>

namespace postern::store {

void PieceBuilder::close() {
  if (open_.empty()) return;
  auto piece = std::make_shared<Piece>();
  piece->entries.assign(open_.begin(), open_.end());
  pieces_.push_back(std::move(piece));
  open_.clear();
}

void PieceBuilder::share(std::shared_ptr<const Piece> piece) {
  // Pieces that expunges left small would stay small for ever if they were always shared.
  constexpr std::size_t small = Piece::limit / 4;
  if (!open_.empty() && open_.size() < small &&
      open_.size() + piece->entries.size() <= Piece::limit) {
    open_.insert(open_.end(), piece->entries.begin(), piece->entries.end());
    return;
  }
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
