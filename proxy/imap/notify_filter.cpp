#include "proxy/imap/notify_filter.h"

#include <algorithm>
#include <utility>

#include "proxy/imap/mailbox_listing.h"

namespace postern::imap {

using Kind = MailboxFilter::Kind;

NotifyFilter::NotifyFilter(const std::vector<Notify::Group>& groups) {
  for (const Notify::Group& group : groups) {
    const Kind kind = group.mailboxes.kind;
    if (kind == Kind::selected || kind == Kind::selected_delayed) {
      selected_events_ = group.events;
      items_ = group.items;
      if (group.events != 0)
        selected_ = kind == Kind::selected ? Selected::at_once : Selected::delayed;
      continue;
    }
    Group mine{{kind, {}}, group.events};
    mine.mailboxes.add(group.mailboxes.names);
    groups_.push_back(std::move(mine));
    all_ = static_cast<std::uint8_t>(all_ | group.events);
  }
}

std::uint8_t NotifyFilter::events(const std::string& name, Subscribed subscribed) const {
  std::uint8_t events = 0;
  const bool looks_above = std::ranges::any_of(
      groups_, [](const Group& group) { return group.mailboxes.looks_above(); });
  const auto above = looks_above ? names_above(name) : std::vector<std::string>{};
  for (const Group& group : groups_) {
    if (!group.mailboxes.fits(name, above, subscribed)) continue;
    if (group.events == 0) break;
    events = static_cast<std::uint8_t>(events | group.events);
  }
  return events;
}

std::size_t NotifyFilter::names() const {
  std::size_t count = 0;
  for (const Group& group : groups_) count += group.mailboxes.names.size();
  return count;
}

}  // namespace postern::imap
