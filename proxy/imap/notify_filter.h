#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "proxy/imap/mailbox_filter.h"
#include "sync/wire/imap/command.h"

namespace postern::imap {

/// Which events a program wants to hear of: RFC 5465 sections 5 and 6. Immutable.
class NotifyFilter {
 public:
  using Notify = wire::imap::command::Notify;

  /// What is told of the selected mailbox, and when.
  enum class Selected : std::uint8_t {
    untold,
    delayed,  ///< EXPUNGE with the answers to commands only
    at_once
  };

  explicit NotifyFilter(const std::vector<Notify::Group>& groups);

  [[nodiscard]] Selected selected() const { return selected_; }
  [[nodiscard]] bool tells_flags() const { return (selected_events_ & Notify::flag_change) != 0; }
  /// What is told of messages that are new in the selected mailbox.
  [[nodiscard]] const std::vector<wire::imap::FetchItem>& items() const { return items_; }

  using Subscribed = MailboxFilter::Subscribed;
  /// Events, or-ed, of a mailbox that is not selected; those that are not of messages, of the
  /// selected one as well. What several groups say adds up, until one that fits says NONE.
  [[nodiscard]] std::uint8_t events(const std::string& name, Subscribed subscribed) const;
  /// Whether one of the events is wanted of any mailbox but the selected one.
  [[nodiscard]] bool wants(unsigned events) const { return (all_ & events) != 0; }
  /// How many names it holds.
  [[nodiscard]] std::size_t names() const;

 private:
  struct Group {
    MailboxFilter mailboxes;
    std::uint8_t events = 0;
  };

  Selected selected_ = Selected::untold;
  std::uint8_t selected_events_ = 0;
  std::vector<wire::imap::FetchItem> items_;
  std::vector<Group> groups_;  ///< but for that of the selected mailbox
  std::uint8_t all_ = 0;
};

}  // namespace postern::imap
