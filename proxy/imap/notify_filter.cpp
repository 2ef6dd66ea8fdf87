#include "proxy/imap/notify_filter.h"

#include <algorithm>
#include <utility>

#include "proxy/imap/mailbox_listing.h"

namespace postern::imap {

using Filter = NotifyFilter::Notify::Filter;

NotifyFilter::NotifyFilter(const std::vector<Notify::Group>& groups) {
  for (const Notify::Group& group : groups) {
    if (group.filter == Filter::selected || group.filter == Filter::selected_delayed) {
      selected_events_ = group.events;
      items_ = group.items;
      if (group.events != 0)
        selected_ = group.filter == Filter::selected ? Selected::at_once : Selected::delayed;
      continue;
    }
    Group mine{group.filter, {}, group.events};
    for (const auto& name : group.mailboxes) mine.names.insert(name.utf8());
    groups_.push_back(std::move(mine));
    all_ = static_cast<std::uint8_t>(all_ | group.events);
  }
}

/// RFC 5465 section 6.3: which mailboxes new mail is delivered to is for the sources to know, so
/// that INBOXES is PERSONAL.
bool NotifyFilter::fits(const Group& group, const std::string& name,
                        const std::vector<std::string>& above, Subscribed subscribed) {
  switch (group.filter) {
    case Filter::inboxes:
    case Filter::personal: return true;
    case Filter::subscribed: return subscribed == Subscribed::yes;
    case Filter::mailboxes: return group.names.contains(name);
    case Filter::subtree:
      return group.names.contains(name) ||
             std::ranges::any_of(
                 above, [&](const std::string& parent) { return group.names.contains(parent); });
    case Filter::selected:
    case Filter::selected_delayed: break;
  }
  return false;
}

std::uint8_t NotifyFilter::events(const std::string& name, Subscribed subscribed) const {
  std::uint8_t events = 0;
  const bool looks_above =
      std::ranges::find(groups_, Filter::subtree, &Group::filter) != groups_.end();
  const auto above = looks_above ? names_above(name) : std::vector<std::string>{};
  for (const Group& group : groups_) {
    if (!fits(group, name, above, subscribed)) continue;
    if (group.events == 0) break;
    events = static_cast<std::uint8_t>(events | group.events);
  }
  return events;
}

std::size_t NotifyFilter::names() const {
  std::size_t count = 0;
  for (const Group& group : groups_) count += group.names.size();
  return count;
}

}  // namespace postern::imap
