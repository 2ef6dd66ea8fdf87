#include "sync/store/snapshot.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace postern::store {

void Snapshot::Totals::add(const Entry& entry) {
  if (!entry.flags.has(SystemFlag::seen)) ++unseen;
  if (entry.flags.has(SystemFlag::deleted)) ++deleted;
  octets += entry.octets;
}

void Snapshot::Totals::remove(const Entry& entry) {
  if (!entry.flags.has(SystemFlag::seen)) --unseen;
  if (entry.flags.has(SystemFlag::deleted)) --deleted;
  octets -= entry.octets;
}

namespace {

Snapshot::Totals count(const Snapshot::Pieces& pieces) {
  Snapshot::Totals totals;
  for (const auto& piece : pieces) {
    for (const Entry& entry : piece->entries) totals.add(entry);
  }
  return totals;
}

}  // namespace

Snapshot::Snapshot(Head head, Pieces pieces) : Snapshot(std::move(head), pieces, count(pieces)) {}

Snapshot::Snapshot(Head head, Pieces pieces, const Totals& totals)
    : head_(std::move(head)), pieces_(std::move(pieces)), totals_(totals) {
  if (!head_.keywords) head_.keywords = std::make_shared<const std::vector<std::string>>();
  before_.reserve(pieces_.size());
  for (const auto& piece : pieces_) {
    assert(!piece->entries.empty() && piece->entries.size() <= Piece::limit);
    before_.push_back(size_);
    size_ += static_cast<std::uint32_t>(piece->entries.size());
  }
}

Snapshot::Place Snapshot::locate(SeqNum seq) const {
  if (seq.value == 0 || seq.value > size_) return {pieces_.size(), 0};
  const std::uint32_t index = seq.value - 1;
  const auto after = std::ranges::upper_bound(before_, index);
  const auto piece = static_cast<std::size_t>(after - before_.begin()) - 1;
  return {piece, index - before_[piece]};
}

const Entry& Snapshot::at(SeqNum seq) const {
  const Place place = locate(seq);
  return pieces_.at(place.piece)->entries[place.index];
}

SeqNum Snapshot::lower_bound(Uid uid) const {
  const auto last_uid = [](const std::shared_ptr<const Piece>& piece) {
    return piece->entries.back().uid;
  };
  const auto piece = std::ranges::lower_bound(pieces_, uid, {}, last_uid);
  if (piece == pieces_.end()) return SeqNum(size_ + 1);
  const std::vector<Entry>& entries = (*piece)->entries;
  const auto entry = std::ranges::lower_bound(entries, uid, {}, &Entry::uid);
  return SeqNum(before_[static_cast<std::size_t>(piece - pieces_.begin())] +
                static_cast<std::uint32_t>(entry - entries.begin()) + 1);
}

std::optional<SeqNum> Snapshot::find(Uid uid) const {
  const SeqNum seq = lower_bound(uid);
  if (seq.value > size_ || at(seq).uid != uid) return std::nullopt;
  return seq;
}

}  // namespace postern::store
