#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "sync/base/ids.h"

namespace postern::store {

/// What became of the messages of a mailbox, or-ed.
enum MessagesChanged : std::uint8_t { messages_added = 1, messages_removed = 2, flags_changed = 4 };

struct MailboxChange {
  MailboxId mailbox;
  std::uint8_t what = 0;  ///< of `MessagesChanged`
};

/// Which mailboxes changed since somebody looked last: a line for each mailbox, however often it
/// changes, and looking costs what changed. Any thread.
class RecentChanges {
 public:
  /// A point in time: so many changes were noted before it.
  using Mark = std::uint64_t;
  struct Since {
    Mark now = 0;
    std::vector<MailboxChange> changes;  ///< each mailbox once
  };

  void note(MailboxId mailbox, std::uint8_t what);
  void forget(MailboxId mailbox);
  [[nodiscard]] Since since(Mark mark) const;
  [[nodiscard]] Mark now() const;

 private:
  static constexpr std::size_t kinds = 3;
  struct Line {
    MailboxId mailbox;
    std::array<Mark, kinds> last{};  ///< by bit of `MessagesChanged`
  };

  mutable std::mutex mutex_;
  Mark now_ = 0;
  std::list<Line> lines_;  ///< what changed last comes first
  std::unordered_map<MailboxId, std::list<Line>::iterator> by_mailbox_;
};

}  // namespace postern::store
