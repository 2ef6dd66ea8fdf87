#include <algorithm>

#include "sync/store/mailbox.h"
#include "sync/store/mailbox_name.h"

namespace postern::store {

const MailboxInfo* MailboxTree::find(std::string_view name) const {
  const std::string wanted = canonical_name(name);
  const auto found = std::ranges::lower_bound(mailboxes, wanted, {}, &MailboxInfo::name);
  return found != mailboxes.end() && found->name == wanted ? &*found : nullptr;
}

bool MailboxTree::has_children(std::string_view name) const {
  const std::string prefix = canonical_name(name) + '/';
  const auto first = std::ranges::lower_bound(mailboxes, prefix, {}, &MailboxInfo::name);
  return first != mailboxes.end() && first->name.starts_with(prefix);
}

bool MailboxTree::subscribed(std::string_view name) const {
  return std::ranges::binary_search(subscriptions, canonical_name(name));
}

}  // namespace postern::store
