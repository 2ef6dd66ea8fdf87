#include "proxy/pop3/maildrop.h"

namespace postern::pop3 {

Maildrop::Maildrop(store::SnapshotPtr snapshot, const UidSet& hidden)
    : snapshot_(std::move(snapshot)) {
  std::size_t size = snapshot_->size();
  if (!hidden.empty()) {
    snapshot_->for_each([&](SeqNum seq, const store::Entry& entry) {
      if (!hidden.contains(entry.uid)) shown_.push_back(seq);
    });
    size = shown_.size();
  }
  deleted_.resize(size);
  restore();
}

const store::Entry* Maildrop::find(std::uint64_t number) const {
  if (number == 0 || number > deleted_.size() || deleted_[number - 1]) return nullptr;
  return &snapshot_->at(seq(static_cast<std::uint32_t>(number)));
}

void Maildrop::remove(std::uint32_t number) {
  deleted_[number - 1] = true;
  --count_;
  octets_ -= snapshot_->at(seq(number)).octets;
}

void Maildrop::restore() {
  deleted_.assign(deleted_.size(), false);
  count_ = last();
  octets_ = shown_.empty() && count_ != 0 ? snapshot_->octets() : 0;
  for (const SeqNum seq : shown_) octets_ += snapshot_->at(seq).octets;
}

std::string Maildrop::uidl(const store::Entry& entry) const {
  return std::to_string(snapshot_->head().uid_validity.value) + "." +
         std::to_string(entry.uid.value);
}

UidSet Maildrop::marked() const {
  UidSet uids;
  for (std::uint32_t number = 1; number <= deleted_.size(); ++number)
    if (deleted_[number - 1]) uids.add(snapshot_->at(seq(number)).uid);
  return uids;
}

}  // namespace postern::pop3
