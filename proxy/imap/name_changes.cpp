#include "proxy/imap/name_changes.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>

namespace postern::imap {

std::vector<NameChange> name_changes(const store::MailboxTree& mine,
                                     const store::MailboxTree& latest) {
  using What = NameChange::What;
  std::vector<NameChange> changes;
  std::unordered_map<MailboxId, const std::string*> old_names;
  for (const auto& info : mine.mailboxes) old_names.emplace(info.id, &info.name);
  for (const auto& info : latest.mailboxes) {
    const auto old = old_names.find(info.id);
    if (old == old_names.end()) {
      changes.push_back({What::created, info.name, {}});
      continue;
    }
    if (*old->second != info.name) {
      // Another mailbox has the old name by now: a program would rename that one.
      const bool taken = latest.find(*old->second) != nullptr;
      if (taken) {
        changes.push_back({What::created, info.name, {}});
      } else {
        changes.push_back({What::renamed, info.name, *old->second});
      }
    }
    old_names.erase(old);
  }
  for (const auto& [id, name] : old_names) {
    // Another mailbox of that name was told as new.
    if (latest.find(*name) == nullptr) changes.push_back({What::deleted, *name, {}});
  }
  std::ranges::sort(changes, {}, &NameChange::name);
  std::vector<std::string> subscriptions;
  std::ranges::set_symmetric_difference(mine.subscriptions, latest.subscriptions,
                                        std::back_inserter(subscriptions));
  for (std::string& name : subscriptions)
    changes.push_back({What::subscription, std::move(name), {}});
  return changes;
}

}  // namespace postern::imap
