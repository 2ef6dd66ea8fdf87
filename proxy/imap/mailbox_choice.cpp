#include "proxy/imap/mailbox_choice.h"

#include <algorithm>
#include <string>
#include <unordered_set>

#include "proxy/imap/mailbox_listing.h"

namespace postern::imap {
namespace {

using Kind = wire::imap::command::MailboxSource::Kind;

/// A source with its names at hand: there may be thousands of them, and of mailboxes.
struct Source {
  Kind kind;
  std::unordered_set<std::string> names;

  /// Which mailboxes new mail is delivered to is for the sources of the account to know, so that
  /// `inboxes` is `personal`.
  [[nodiscard]] bool has(const store::MailboxInfo& info, const std::vector<std::string>& above,
                         const store::MailboxTree& tree, std::optional<MailboxId> selected) const {
    switch (kind) {
      case Kind::selected: return info.id == selected;
      case Kind::inboxes:
      case Kind::personal: return true;
      case Kind::subscribed: return tree.subscribed(info.name);
      case Kind::mailboxes: return names.contains(info.name);
      case Kind::subtree:
      case Kind::subtree_one: break;
    }
    if (names.contains(info.name)) return true;
    if (kind == Kind::subtree_one) return !above.empty() && names.contains(above.back());
    return std::ranges::any_of(above, [this](const auto& name) { return names.contains(name); });
  }
};

}  // namespace

std::vector<store::MailboxInfo> chosen_mailboxes(
    const std::vector<wire::imap::command::MailboxSource>& sources, const store::MailboxTree& tree,
    std::optional<MailboxId> selected) {
  // One of each kind, however many were named.
  std::vector<Source> prepared;
  bool looks_above = false;
  for (const auto& source : sources) {
    auto made = std::ranges::find(prepared, source.kind, &Source::kind);
    if (made == prepared.end()) made = prepared.insert(made, Source{source.kind, {}});
    for (const auto& name : source.names) made->names.insert(name.utf8());
    looks_above = looks_above || source.kind == Kind::subtree || source.kind == Kind::subtree_one;
  }
  std::vector<store::MailboxInfo> chosen;
  for (const store::MailboxInfo& info : tree.mailboxes) {
    const auto above = looks_above ? names_above(info.name) : std::vector<std::string>{};
    const auto names_it = [&](const Source& source) {
      return source.has(info, above, tree, selected);
    };
    if (std::ranges::any_of(prepared, names_it)) chosen.push_back(info);
  }
  return chosen;
}

}  // namespace postern::imap
