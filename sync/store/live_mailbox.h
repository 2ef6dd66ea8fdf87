#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "sync/store/edit.h"
#include "sync/store/mailbox.h"
#include "sync/store/mailbox_table.h"
#include "sync/store/observers.h"

namespace postern::store {

/// Which UIDs were given out as \Recent: outlives the mailboxes that are open, so that nobody is
/// given them twice. Any thread.
class RecentMark {
 public:
  explicit RecentMark(Uid first) : first_(first) {}
  Uid claim(Uid last);
  [[nodiscard]] Uid first() const;
  /// The mark, if it moved since it was last asked for so.
  [[nodiscard]] std::optional<Uid> take_moved();

 private:
  mutable std::mutex mutex_;
  Uid first_;
  bool moved_ = false;
};

class LiveMailbox final : public Mailbox {
 public:
  LiveMailbox(SnapshotPtr latest, std::shared_ptr<RecentMark> recent);

  [[nodiscard]] MailboxId id() const override { return id_; }
  [[nodiscard]] SnapshotPtr latest() const override;
  [[nodiscard]] bool gone() const override;
  [[nodiscard]] Subscription subscribe(std::function<void()> changed) override;
  Uid claim_recent(Uid last) override { return recent_->claim(last); }
  [[nodiscard]] Uid first_recent() const override { return recent_->first(); }

  // Writer's thread.
  void publish(SnapshotPtr latest);
  void publish_gone();
  void notify() const { observers_.notify(); }

 private:
  const MailboxId id_;
  const std::shared_ptr<RecentMark> recent_;
  mutable std::mutex mutex_;
  SnapshotPtr latest_;  ///< under mutex_
  bool gone_ = false;   ///< under mutex_
  Observers observers_;
};

/// The mailboxes that somebody holds open, and a few that were lately, so that asking for the
/// status of many does not load them each time. Knows which views may still show what. Writer's
/// thread, except where said.
class LiveMailboxes {
 public:
  /// Messages in mailboxes that are kept though nobody holds them.
  static constexpr std::size_t idle_entries = 200'000;
  static constexpr std::size_t idle_mailboxes = 256;

  /// nullptr if it is not in memory. Any thread.
  [[nodiscard]] std::shared_ptr<LiveMailbox> find(MailboxId id);
  [[nodiscard]] bool live(MailboxId id) { return find(id) != nullptr; }

  /// Makes it live from its messages, by rising UID.
  std::shared_ptr<LiveMailbox> open(const MailboxRow& row, const std::vector<Entry>& entries);

  /// Brings a live mailbox up to date: `row` as committed, `edits` as apply() takes them. A new one
  /// becomes live while there is room.
  void publish(const MailboxRow& row, std::span<const Edit> edits,
               std::vector<std::shared_ptr<LiveMailbox>>& changed);
  void publish_gone(MailboxId id, std::vector<std::shared_ptr<LiveMailbox>>& changed);
  /// Replaces what a live mailbox shows.
  void replace(const MailboxRow& row, const std::vector<Entry>& entries,
               std::vector<std::shared_ptr<LiveMailbox>>& changed);
  [[nodiscard]] std::vector<std::shared_ptr<LiveMailbox>> all();

  /// Whether a view of the mailbox may show what went at `mod_seq`.
  [[nodiscard]] bool still_seen(MailboxId mailbox, ModSeq mod_seq);

  /// Calls `visit` for each mark that moved since the last call.
  void moved_recents(const std::function<void(MailboxId, Uid)>& visit);

 private:
  std::shared_ptr<const Pin> pin(const MailboxRow& row);
  [[nodiscard]] Snapshot::Head head(const MailboxRow& row);
  [[nodiscard]] SnapshotPtr picture(const MailboxRow& row, const std::vector<Entry>& entries);
  void keep(std::shared_ptr<LiveMailbox> mailbox);
  void trim();

  std::mutex mutex_;
  std::unordered_map<MailboxId, std::weak_ptr<LiveMailbox>> live_;  ///< under mutex_
  std::list<std::shared_ptr<LiveMailbox>> recently_used_;           ///< latest first
  std::unordered_map<MailboxId, std::vector<std::weak_ptr<const Pin>>> pins_;
  std::unordered_map<MailboxId, std::shared_ptr<RecentMark>> recents_;
};

}  // namespace postern::store
