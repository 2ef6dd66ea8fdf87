// The part of a transaction that is about mailboxes as such.
#include <algorithm>
#include <array>
#include <utility>

#include "sync/store/mailbox_name.h"
#include "sync/store/write_transaction.h"

namespace postern::store {

namespace {

constexpr std::string_view inbox = "INBOX";

/// The special use that a mailbox of this name has from the start.
SpecialUse usual_use(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, SpecialUse>, 5> usual{{
      {"Archive", SpecialUse::archive},
      {"Drafts", SpecialUse::drafts},
      {"Junk", SpecialUse::junk},
      {"Sent", SpecialUse::sent},
      {"Trash", SpecialUse::trash},
  }};
  for (const auto& [known, use] : usual) {
    if (known == name) return use;
  }
  return SpecialUse::none;
}

}  // namespace

SpecialUse WriteTransaction::free_use(std::string_view name) const {
  const SpecialUse use = usual_use(name);
  return tables_.mailboxes.anyone_is(use) ? SpecialUse::none : use;
}

Result<MailboxId> WriteTransaction::make_mailbox(const std::string& name, SpecialUse use) {
  Result<MailboxId> made = tables_.mailboxes.create(name, use, now_);
  if (made) touched(*made);
  return made;
}

/// RFC 9051 section 6.3.4. As real mailboxes: some programs lose what stands below a \Noselect one.
Result<void> WriteTransaction::create_superiors(const std::string& name, SpecialUse promised) {
  for (const std::string& superior : superiors(name)) {
    if (tables_.mailboxes.find(superior) != nullptr) continue;
    const SpecialUse usual = free_use(superior);
    const SpecialUse use = usual == promised ? SpecialUse::none : usual;
    const Result<MailboxId> made = make_mailbox(superior, use);
    if (!made) return std::unexpected(made.error());
  }
  return {};
}

Result<MailboxInfo> WriteTransaction::create_mailbox(std::string_view name, SpecialUse use) {
  const std::string canonical = canonical_name(name);
  if (!possible_name(canonical)) return std::unexpected(Refusal::cannot);
  if (tables_.mailboxes.find(canonical) != nullptr) return std::unexpected(Refusal::already_exists);
  if (use != SpecialUse::none && tables_.mailboxes.anyone_is(use))
    return std::unexpected(Refusal::cannot);
  if (auto superiors = create_superiors(canonical, use); !superiors)
    return std::unexpected(superiors.error());
  if (use == SpecialUse::none) use = free_use(canonical);
  const Result<MailboxId> made = make_mailbox(canonical, use);
  if (!made) return std::unexpected(made.error());
  return tables_.mailboxes.find(*made)->info;
}

Result<void> WriteTransaction::delete_mailbox(std::string_view name) {
  const std::string canonical = canonical_name(name);
  if (canonical == inbox) return std::unexpected(Refusal::cannot);
  const MailboxRow* row = tables_.mailboxes.find(canonical);
  if (row == nullptr) return std::unexpected(Refusal::nonexistent);
  if (tables_.mailboxes.has_children(canonical)) return std::unexpected(Refusal::has_children);
  const MailboxId id = row->info.id;
  remove_messages(tables_.messages.briefs(id, UidSet::all()), id, Leaving::for_good);
  tables_.expunged.forget(id);
  tables_.imports.forget(id);
  tables_.annotations.forget(id);
  tables_.mailboxes.remove(id);
  touched(id);
  return {};
}

Result<void> WriteTransaction::rename_inbox(const std::string& to) {
  const MailboxId from = tables_.mailboxes.find(inbox)->info.id;
  if (auto superiors = create_superiors(to); !superiors) return superiors;
  const Result<MailboxId> made = make_mailbox(to, SpecialUse::none);
  if (!made) return std::unexpected(made.error());
  const Result<Copied> moved = move(from, UidSet::all(), *made);
  if (!moved) return std::unexpected(moved.error());
  return {};
}

Result<void> WriteTransaction::rename_mailbox(std::string_view from, std::string_view to) {
  const std::string old_name = canonical_name(from);
  const std::string new_name = canonical_name(to);
  if (!possible_name(new_name)) return std::unexpected(Refusal::cannot);
  const MailboxRow* row = tables_.mailboxes.find(old_name);
  if (row == nullptr) return std::unexpected(Refusal::nonexistent);
  if (tables_.mailboxes.find(new_name) != nullptr) return std::unexpected(Refusal::already_exists);
  if (old_name == inbox) return rename_inbox(new_name);
  if (new_name.starts_with(old_name + '/')) return std::unexpected(Refusal::cannot);

  std::vector<std::pair<MailboxId, std::string>> renames{{row->info.id, new_name}};
  for (const MailboxId child : tables_.mailboxes.children(old_name)) {
    std::string name = new_name + tables_.mailboxes.find(child)->info.name.substr(old_name.size());
    if (!possible_name(name)) return std::unexpected(Refusal::cannot);
    renames.emplace_back(child, std::move(name));
  }
  if (auto superiors = create_superiors(new_name); !superiors) return superiors;
  for (const auto& [id, name] : renames) {
    UidSet queued;
    for (const Uid uid : tables_.submissions.queued(id)) queued.add(uid);
    cancel(tables_.messages.briefs(id, queued), id);
    tables_.mailboxes.rename(id, name);
  }
  return {};
}

void WriteTransaction::subscribe(std::string_view name) {
  tables_.mailboxes.subscribe(canonical_name(name));
}

void WriteTransaction::unsubscribe(std::string_view name) {
  tables_.mailboxes.unsubscribe(canonical_name(name));
}

Result<void> WriteTransaction::set_annotations(MailboxId mailbox,
                                               const std::vector<NewAnnotation>& changes) {
  if (mailbox != whole_account && tables_.mailboxes.find(mailbox) == nullptr)
    return std::unexpected(Refusal::nonexistent);
  return tables_.annotations.set(mailbox, changes);
}

}  // namespace postern::store
