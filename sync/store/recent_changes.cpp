#include "sync/store/recent_changes.h"

#include <algorithm>

namespace postern::store {

void RecentChanges::note(MailboxId mailbox, std::uint8_t what) {
  const std::scoped_lock lock(mutex_);
  ++now_;
  const auto [place, added] = by_mailbox_.try_emplace(mailbox);
  if (added) {
    place->second = lines_.insert(lines_.begin(), Line{mailbox, {}});
  } else {
    lines_.splice(lines_.begin(), lines_, place->second);
  }
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    if ((what >> kind & 1U) != 0) lines_.front().last.at(kind) = now_;
  }
}

void RecentChanges::forget(MailboxId mailbox) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_mailbox_.find(mailbox);
  if (found == by_mailbox_.end()) return;
  lines_.erase(found->second);
  by_mailbox_.erase(found);
}

RecentChanges::Mark RecentChanges::now() const {
  const std::scoped_lock lock(mutex_);
  return now_;
}

RecentChanges::Since RecentChanges::since(Mark mark) const {
  const std::scoped_lock lock(mutex_);
  Since since{now_, {}};
  for (const Line& line : lines_) {
    if (std::ranges::max(line.last) <= mark) break;
    MailboxChange change{line.mailbox, 0};
    for (std::size_t kind = 0; kind < kinds; ++kind) {
      if (line.last.at(kind) > mark)
        change.what = static_cast<std::uint8_t>(change.what | 1U << kind);
    }
    since.changes.push_back(change);
  }
  return since;
}

}  // namespace postern::store
