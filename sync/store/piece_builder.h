#pragma once

#include <memory>
#include <vector>

#include "sync/store/snapshot.h"

namespace postern::store {

/// Puts the pieces of a new snapshot together in rising order of UID: whole pieces are shared,
/// single entries are gathered into new pieces. Any one thread.
class PieceBuilder {
 public:
  void share(std::shared_ptr<const Piece> piece);
  void add(const Entry& entry);
  [[nodiscard]] Snapshot::Pieces finish();

 private:
  void close();

  Snapshot::Pieces pieces_;
  std::vector<Entry> open_;  ///< not yet in a piece
};

}  // namespace postern::store
