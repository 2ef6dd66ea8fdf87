#include "proxy/imap/mailbox_filter.h"

#include <algorithm>

namespace postern::imap {

/// Which mailboxes new mail is delivered to is for the sources of the account to know, so that
/// `inboxes` is `personal`.
bool MailboxFilter::fits(const std::string& name, const std::vector<std::string>& above,
                         Subscribed subscribed) const {
  const auto named = [this](const std::string& one) { return names.contains(one); };
  switch (kind) {
    case Kind::inboxes:
    case Kind::personal: return true;
    case Kind::subscribed: return subscribed == Subscribed::yes;
    case Kind::mailboxes: return named(name);
    case Kind::subtree: return named(name) || std::ranges::any_of(above, named);
    case Kind::subtree_one: return named(name) || (!above.empty() && named(above.back()));
    case Kind::selected:
    case Kind::selected_delayed: break;
  }
  return false;
}

void MailboxFilter::add(const std::vector<wire::imap::MailboxName>& more) {
  for (const auto& name : more) names.insert(name.utf8());
}

}  // namespace postern::imap
