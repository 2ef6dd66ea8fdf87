#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/base/ids.h"
#include "sync/store/snapshot.h"

namespace postern::store {

/// RFC 6154; `none` for ordinary mailboxes.
enum class SpecialUse : std::uint8_t { none, archive, drafts, junk, sent, trash };

/// One row of the mailbox tree. Names are UTF-8 with '/' between levels; INBOX is spelt in
/// capitals.
struct MailboxInfo {
  MailboxId id;
  std::string name;
  SpecialUse special_use = SpecialUse::none;
  UidValidity uid_validity;
};

/// All mailboxes by name and all subscribed names, immutable. Any thread.
struct MailboxTree {
  std::vector<MailboxInfo> mailboxes;  ///< sorted by name
  std::vector<std::string>
      subscriptions;  ///< sorted; a name may stand here without a mailbox (RFC 9051 section 6.3.7)

  /// `INBOX` is found in any case. nullptr if there is none.
  [[nodiscard]] const MailboxInfo* find(std::string_view name) const;
  [[nodiscard]] bool has_children(std::string_view name) const;
  [[nodiscard]] bool subscribed(std::string_view name) const;
};

/// Ends a subscription when it goes away; the callback is not running and will not run once the
/// destructor returned.
class Subscription {
 public:
  Subscription() = default;
  explicit Subscription(std::function<void()> end) : end_(std::move(end)) {}
  Subscription(Subscription&& other) noexcept : end_(std::exchange(other.end_, nullptr)) {}
  Subscription& operator=(Subscription&& other) noexcept {
    std::swap(end_, other.end_);
    return *this;
  }
  ~Subscription() {
    if (end_) end_();
  }

 private:
  std::function<void()> end_;
};

/// A mailbox that is open somewhere: its latest snapshot, kept up to date by the writer while
/// anyone holds this. Any thread.
class Mailbox {
 public:
  virtual ~Mailbox() = default;
  [[nodiscard]] virtual MailboxId id() const = 0;
  /// The last committed picture; never nullptr.
  [[nodiscard]] virtual SnapshotPtr latest() const = 0;
  /// True once the mailbox was deleted; its snapshots stay readable.
  [[nodiscard]] virtual bool gone() const = 0;
  /// `changed` runs on the writer's thread after each commit that changed the mailbox: it must only
  /// wake somebody.
  [[nodiscard]] virtual Subscription subscribe(std::function<void()> changed) = 0;
  /// RFC 3501 section 2.3.2: gives the UIDs up to `last` that no session was told of as \Recent to
  /// the caller, once. Returns the first of them; a value above `last` when there are none.
  virtual Uid claim_recent(Uid last) = 0;
  /// The first UID that claim_recent would give.
  [[nodiscard]] virtual Uid first_recent() const = 0;
};

}  // namespace postern::store
