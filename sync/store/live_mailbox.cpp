#include "sync/store/live_mailbox.h"

#include <algorithm>
#include <utility>

#include "sync/store/piece_builder.h"

namespace postern::store {

Uid RecentMark::claim(Uid last) {
  const std::scoped_lock lock(mutex_);
  const Uid first = first_;
  if (last >= first_) {
    first_ = last.next();
    moved_ = true;
  }
  return first;
}

Uid RecentMark::first() const {
  const std::scoped_lock lock(mutex_);
  return first_;
}

std::optional<Uid> RecentMark::take_moved() {
  const std::scoped_lock lock(mutex_);
  if (!std::exchange(moved_, false)) return std::nullopt;
  return first_;
}

LiveMailbox::LiveMailbox(SnapshotPtr latest, std::shared_ptr<RecentMark> recent)
    : id_(latest->head().mailbox), recent_(std::move(recent)), latest_(std::move(latest)) {}

SnapshotPtr LiveMailbox::latest() const {
  const std::scoped_lock lock(mutex_);
  return latest_;
}

bool LiveMailbox::gone() const {
  const std::scoped_lock lock(mutex_);
  return gone_;
}

Subscription LiveMailbox::subscribe(std::function<void()> changed) {
  return observers_.add(std::move(changed));
}

void LiveMailbox::publish(SnapshotPtr latest) {
  const std::scoped_lock lock(mutex_);
  latest_.swap(latest);  // the one before dies, if it does, outside
}

void LiveMailbox::publish_gone() {
  const std::scoped_lock lock(mutex_);
  gone_ = true;
}

std::shared_ptr<LiveMailbox> LiveMailboxes::find(MailboxId id) {
  const std::scoped_lock lock(mutex_);
  const auto found = live_.find(id);
  return found == live_.end() ? nullptr : found->second.lock();
}

std::shared_ptr<const Pin> LiveMailboxes::pin(const MailboxRow& row) {
  auto made = std::make_shared<const Pin>(Pin{row.info.id, row.mod_seq});
  auto& pins = pins_[row.info.id];
  if (pins.size() == pins.capacity())  // so this costs little on average
    std::erase_if(pins, [](const auto& old) { return old.expired(); });
  pins.push_back(made);
  return made;
}

Snapshot::Head LiveMailboxes::head(const MailboxRow& row) {
  return {.mailbox = row.info.id,
          .uid_validity = row.info.uid_validity,
          .uid_next = row.uid_next,
          .highest_mod_seq = row.mod_seq,
          .keywords = row.keywords,
          .pin = pin(row)};
}

SnapshotPtr LiveMailboxes::picture(const MailboxRow& row, const std::vector<Entry>& entries) {
  PieceBuilder builder;
  for (const Entry& entry : entries) builder.add(entry);
  return std::make_shared<const Snapshot>(head(row), builder.finish());
}

std::shared_ptr<LiveMailbox> LiveMailboxes::open(const MailboxRow& row,
                                                 const std::vector<Entry>& entries) {
  auto& recent = recents_[row.info.id];
  if (!recent) recent = std::make_shared<RecentMark>(row.first_recent);
  auto mailbox = std::make_shared<LiveMailbox>(picture(row, entries), recent);
  {
    const std::scoped_lock lock(mutex_);
    live_[row.info.id] = mailbox;
  }
  keep(mailbox);
  return mailbox;
}

void LiveMailboxes::keep(std::shared_ptr<LiveMailbox> mailbox) {
  std::erase(recently_used_, mailbox);
  recently_used_.push_front(std::move(mailbox));
  trim();
}

void LiveMailboxes::trim() {
  std::size_t entries = 0;
  std::size_t count = 0;
  std::erase_if(recently_used_, [&](const std::shared_ptr<LiveMailbox>& kept) {
    entries += kept->latest()->size();
    return ++count > idle_mailboxes || entries > idle_entries;
  });
}

void LiveMailboxes::publish(const MailboxRow& row, std::span<const Edit> edits,
                            std::vector<std::shared_ptr<LiveMailbox>>& changed) {
  auto mailbox = find(row.info.id);
  if (!mailbox) {
    // Of one that never held a message all is known. It pushes out none that somebody used.
    if (row.uid_next == Uid(1) && recently_used_.size() < idle_mailboxes) open(row, {});
    return;
  }
  mailbox->publish(apply(*mailbox->latest(), head(row), edits));
  changed.push_back(std::move(mailbox));
  trim();
}

void LiveMailboxes::replace(const MailboxRow& row, const std::vector<Entry>& entries,
                            std::vector<std::shared_ptr<LiveMailbox>>& changed) {
  auto mailbox = find(row.info.id);
  if (!mailbox) return;
  mailbox->publish(picture(row, entries));
  changed.push_back(std::move(mailbox));
}

std::vector<std::shared_ptr<LiveMailbox>> LiveMailboxes::all() {
  const std::scoped_lock lock(mutex_);
  std::vector<std::shared_ptr<LiveMailbox>> found;
  for (const auto& [id, weak] : live_) {
    if (auto mailbox = weak.lock()) found.push_back(std::move(mailbox));
  }
  return found;
}

void LiveMailboxes::publish_gone(MailboxId id, std::vector<std::shared_ptr<LiveMailbox>>& changed) {
  if (auto mailbox = find(id)) {
    mailbox->publish_gone();
    std::erase(recently_used_, mailbox);
    changed.push_back(std::move(mailbox));
  }
  recents_.erase(id);
  // What nobody shows any more needs no pins; what goes now is shown a moment longer.
  std::erase_if(pins_, [](const auto& pins) {
    return std::ranges::all_of(pins.second, [](const auto& pin) { return pin.expired(); });
  });
  const std::scoped_lock lock(mutex_);
  live_.erase(id);
}

bool LiveMailboxes::still_seen(MailboxId mailbox, ModSeq mod_seq) {
  const auto found = pins_.find(mailbox);
  if (found == pins_.end()) return false;
  std::erase_if(found->second, [](const auto& pin) { return pin.expired(); });
  if (found->second.empty()) {
    pins_.erase(found);
    return false;
  }
  return std::ranges::any_of(found->second, [&](const std::weak_ptr<const Pin>& weak) {
    const auto pin = weak.lock();
    return pin && pin->mod_seq < mod_seq;
  });
}

void LiveMailboxes::moved_recents(const std::function<void(MailboxId, Uid)>& visit) {
  for (const auto& [id, recent] : recents_) {
    if (const auto first = recent->take_moved()) visit(id, *first);
  }
}

}  // namespace postern::store
