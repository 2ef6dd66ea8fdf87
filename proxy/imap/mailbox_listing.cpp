#include "proxy/imap/mailbox_listing.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sync/wire/ascii.h"
#include "sync/wire/imap/mailbox_name.h"

namespace postern::imap {
namespace {

using wire::imap::ListPattern;

constexpr std::array<std::pair<store::SpecialUse, std::string_view>, 5> use_names = {{
    {store::SpecialUse::archive, "\\Archive"},
    {store::SpecialUse::drafts, "\\Drafts"},
    {store::SpecialUse::junk, "\\Junk"},
    {store::SpecialUse::sent, "\\Sent"},
    {store::SpecialUse::trash, "\\Trash"},
}};

void add_attribute(std::string& attributes, std::string_view attribute) {
  if (!attributes.empty()) attributes += ' ';
  attributes += attribute;
}

}  // namespace

std::string_view attribute_of(store::SpecialUse use) {
  for (const auto& [known, name] : use_names) {
    if (known == use) return name;
  }
  return "";
}

store::SpecialUse use_of(std::string_view attribute) {
  for (const auto& [use, name] : use_names) {
    if (wire::equal_ignoring_case(name, attribute)) return use;
  }
  return store::SpecialUse::none;
}

std::string mailbox_attributes(const store::MailboxTree& tree, const std::string& name,
                               std::string_view missing, const config::Capabilities& told) {
  using config::Capability;
  const store::MailboxInfo* info = tree.find(name);
  const bool has_children = tree.has_children(name);
  std::string out;
  if (info == nullptr) add_attribute(out, missing);
  if (told.has(Capability::children) && (has_children || info != nullptr))
    add_attribute(out, has_children ? "\\HasChildren" : "\\HasNoChildren");
  if (info != nullptr && info->special_use != store::SpecialUse::none &&
      told.has(Capability::special_use))
    add_attribute(out, attribute_of(info->special_use));
  return out;
}

std::vector<std::string> names_above(const std::string& name) {
  const auto valid = wire::imap::MailboxName::from_utf8(name);
  return valid ? valid->parents() : std::vector<std::string>{};
}

std::size_t MailboxListing::count() const {
  return list_.selects(List::subscribed) ? tree_->subscriptions.size() : tree_->mailboxes.size();
}

void MailboxListing::step(const Turn& turn) {
  while (!finished()) {
    look_at(list_.selects(List::subscribed) ? tree_->subscriptions[at_]
                                            : tree_->mailboxes[at_].name);
    ++at_;
    if (turn.over()) return;
  }
}

bool MailboxListing::wanted(std::string_view name) const {
  // RFC 5258 section 3: only the basic form asks for the root with an empty name.
  return std::ranges::any_of(list_.patterns, [&](const ListPattern& pattern) {
    return !pattern.asks_for_root() && pattern.matches(name);
  });
}

bool MailboxListing::selected(const std::string& name) const {
  if (!list_.selects(List::special_use)) return true;
  const store::MailboxInfo* info = tree_->find(name);
  return info != nullptr && info->special_use != store::SpecialUse::none;
}

void MailboxListing::look_at(const std::string& name) {
  if (!selected(name)) return;
  if (wanted(name)) lines_[name].attributes = attributes(name);
  look_above(name);
}

/// A level that is no mailbox but has some below it is shown as well.
void MailboxListing::look_above(const std::string& name) {
  const bool selecting = list_.selects(List::subscribed) || list_.selects(List::special_use);
  const bool tells_below = list_.selects(List::recursive_match);
  if (selecting && !tells_below) return;
  for (const std::string& parent : names_above(name)) {
    if (!above_.insert(parent).second || !wanted(parent)) continue;
    if (!tells_below && tree_->find(parent) != nullptr) continue;
    Line& line = lines_[parent];
    line.attributes = attributes(parent);
    line.has_selected_below = tells_below;
  }
}

std::string MailboxListing::attributes(const std::string& name) const {
  std::string out = mailbox_attributes(
      *tree_, name, list_.form == List::Form::basic ? "\\Noselect" : "\\NonExistent", told_);
  const bool tells_subscribed =
      list_.selects(List::subscribed) || list_.tells(List::return_subscribed);
  if (tells_subscribed && tree_->subscribed(name)) add_attribute(out, "\\Subscribed");
  return out;
}

}  // namespace postern::imap
