#include "proxy/pop3/maildrop.h"

namespace postern::pop3 {

const store::Entry* Maildrop::find(std::uint64_t number) const {
  if (number == 0 || number > deleted_.size() || deleted_[number - 1]) return nullptr;
  return &snapshot_->at(SeqNum(static_cast<std::uint32_t>(number)));
}

void Maildrop::remove(std::uint32_t number) {
  deleted_[number - 1] = true;
  --count_;
  octets_ -= snapshot_->at(SeqNum(number)).octets;
}

void Maildrop::restore() {
  deleted_.assign(deleted_.size(), false);
  count_ = snapshot_->size();
  octets_ = snapshot_->octets();
}

std::string Maildrop::uidl(const store::Entry& entry) const {
  return std::to_string(snapshot_->head().uid_validity.value) + "." +
         std::to_string(entry.uid.value);
}

UidSet Maildrop::marked() const {
  UidSet uids;
  for (std::uint32_t number = 1; number <= deleted_.size(); ++number)
    if (deleted_[number - 1]) uids.add(snapshot_->at(SeqNum(number)).uid);
  return uids;
}

}  // namespace postern::pop3
