#include "proxy/imap/mailbox_choice.h"

#include <algorithm>

#include "proxy/imap/mailbox_filter.h"
#include "proxy/imap/mailbox_listing.h"

namespace postern::imap {

std::vector<store::MailboxInfo> chosen_mailboxes(
    const std::vector<wire::imap::command::MailboxFilter>& filters, const store::MailboxTree& tree,
    std::optional<MailboxId> selected) {
  // One of each kind, however many were named.
  std::vector<MailboxFilter> prepared;
  for (const auto& filter : filters) {
    auto made = std::ranges::find(prepared, filter.kind, &MailboxFilter::kind);
    if (made == prepared.end()) made = prepared.insert(made, MailboxFilter{filter.kind, {}});
    made->add(filter.names);
  }
  const bool looks_above = std::ranges::any_of(prepared, &MailboxFilter::looks_above);
  std::vector<store::MailboxInfo> chosen;
  for (const store::MailboxInfo& info : tree.mailboxes) {
    const auto above = looks_above ? names_above(info.name) : std::vector<std::string>{};
    const auto subscribed =
        tree.subscribed(info.name) ? MailboxFilter::Subscribed::yes : MailboxFilter::Subscribed::no;
    const auto names_it = [&](const MailboxFilter& filter) {
      return filter.kind == MailboxFilter::Kind::selected
                 ? info.id == selected
                 : filter.fits(info.name, above, subscribed);
    };
    if (std::ranges::any_of(prepared, names_it)) chosen.push_back(info);
  }
  return chosen;
}

}  // namespace postern::imap
