#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "proxy/imap/mailbox_listing.h"
#include "proxy/imap/name_changes.h"
#include "proxy/imap/session.h"
#include "proxy/imap/watch.h"

namespace postern::imap {
namespace {

using Notify = wire::imap::command::Notify;
using Item = wire::imap::command::Status::Item;

NotifyFilter::Subscribed subscribed(const store::MailboxTree& tree, const std::string& name) {
  return tree.subscribed(name) ? NotifyFilter::Subscribed::yes : NotifyFilter::Subscribed::no;
}

/// The events of NOTIFY that the store's changes are.
unsigned events_of(unsigned changed) {
  unsigned events = 0;
  if ((changed & store::messages_added) != 0) events |= Notify::message_new;
  if ((changed & store::messages_removed) != 0) events |= Notify::message_expunge;
  if ((changed & store::flags_changed) != 0) events |= Notify::flag_change;
  return events;
}

Notify::Event event_of(NameChange::What what) {
  return what == NameChange::What::subscription ? Notify::subscription_change
                                                : Notify::mailbox_name;
}

}  // namespace

/// All that a program hears of beside the selected mailbox, before a tagged line, in IDLE, or
/// between commands.
asio::awaitable<void> Session::tell_account_news() {
  const std::vector<std::string> own = std::exchange(own_names_, {});
  // Nothing follows BYE.
  if (!login_ || state_ == State::logout) co_return;
  tell_annotation_changes();
  if (!watch_) co_return;
  co_await tell_name_changes(own);
  note_message_changes();
  co_await tell_due();
}

/// RFC 5464 section 4.4.2: names alone, a line for each mailbox. `own` are the doing of the command
/// under way, which knows of them.
void Session::tell_annotation_changes(std::span<const store::ChangedAnnotation> own) {
  if (!annotations_) return;
  auto latest = account()->annotations();
  if (latest == annotations_) return;
  const auto mine = std::exchange(annotations_, latest);
  const auto tree = account()->tree();
  const auto known = [&](const store::ChangedAnnotation& changed) {
    return std::ranges::any_of(own, [&](const store::ChangedAnnotation& done) {
      return done.mailbox == changed.mailbox && done.entry == changed.entry;
    });
  };
  std::optional<MailboxId> line;
  for (const store::ChangedAnnotation& changed : changed_annotations(*mine, *latest)) {
    if (known(changed)) continue;
    if (line != changed.mailbox) {
      const auto name = annotated(*tree, changed.mailbox);
      if (!name) continue;
      if (line) out_ += "\r\n";
      line = changed.mailbox;
      append_metadata_start(*name);
      out_.pop_back();
    }
    out_ += ' ';
    wire::imap::append_astring(out_, changed.entry);
  }
  if (line) out_ += "\r\n";
}

/// The name of what an annotation belongs to, empty for the server; nullopt if it is gone, or if
/// the program does not want to hear of it.
std::optional<std::string> Session::annotated(const store::MailboxTree& tree,
                                              MailboxId mailbox) const {
  if (mailbox == store::whole_account) {
    if (watch_ && !watch_->filter.wants(Notify::server_metadata_change)) return std::nullopt;
    return std::string();
  }
  const auto info = std::ranges::find(tree.mailboxes, mailbox, &store::MailboxInfo::id);
  if (info == tree.mailboxes.end()) return std::nullopt;
  if (watch_ && (watch_->filter.events(info->name, subscribed(tree, info->name)) &
                 Notify::mailbox_metadata_change) == 0)
    return std::nullopt;
  return info->name;
}

/// RFC 5465 sections 5.4 and 5.5. `own` are the doing of the command under way.
asio::awaitable<void> Session::tell_name_changes(std::vector<std::string> own) {
  if (!watch_->tree) co_return;
  const auto latest = account()->tree();
  if (latest == watch_->tree) co_return;
  const auto mine = std::exchange(watch_->tree, latest);
  const auto done_here = [&](const NameChange& change) {
    return std::ranges::find(own, change.name) != own.end();
  };
  for (const NameChange& change : name_changes(*mine, *latest)) {
    const bool was = mine->subscribed(change.name);
    const auto counts = was ? NotifyFilter::Subscribed::yes : subscribed(*latest, change.name);
    unsigned events = watch_->filter.events(change.name, counts);
    if (change.what == NameChange::What::renamed)
      events |= watch_->filter.events(change.old_name, subscribed(*mine, change.old_name));
    if ((events & event_of(change.what)) == 0 || done_here(change)) continue;
    tell_name_change(change, *latest);
    co_await flush_if_large();
  }
}

void Session::tell_name_change(const NameChange& change, const store::MailboxTree& tree) {
  std::string attributes = mailbox_attributes(tree, change.name, "\\NonExistent", offer_);
  if (tree.subscribed(change.name))
    attributes += attributes.empty() ? "\\Subscribed" : " \\Subscribed";
  out_.append("* LIST (").append(attributes).append(") \"/\" ");
  append_name(change.name);
  if (!change.old_name.empty()) {
    out_ += " (\"OLDNAME\" (";
    append_name(change.old_name);
    out_ += "))";
  }
  out_ += "\r\n";
}

/// What became of messages in other mailboxes since they were looked at last.
void Session::note_message_changes() {
  if (watch_->mark == account()->recent_changes().now()) return;
  const auto since = account()->recent_changes().since(watch_->mark);
  watch_->mark = since.now;
  if (!watch_->filter.wants(Notify::message_events)) return;
  const auto tree = account()->tree();
  for (const auto& [mailbox, what] : since.changes) {
    if (view_ && view_->id() == mailbox) continue;
    const auto info = std::ranges::find(tree->mailboxes, mailbox, &store::MailboxInfo::id);
    if (info == tree->mailboxes.end()) continue;
    if ((watch_->filter.events(info->name, subscribed(*tree, info->name)) & events_of(what)) != 0)
      watch_->due[mailbox] |= what;
  }
}

/// A mailbox is told of otherwise once it is not selected any more: what the view has not told is
/// due then.
void Session::leave_due() {
  if (!watch_ || !view_ || (!view_->stale() && passed_over_.empty())) return;
  const auto tree = account()->tree();
  const auto events = watch_->filter.events(view_->name(), subscribed(*tree, view_->name()));
  if ((events & Notify::message_events) != 0)
    watch_->due[view_->id()] |=
        store::messages_added | store::messages_removed | store::flags_changed;
}

/// RFC 5465 sections 5.1 to 5.3; section 5.8 when there is more than a program can want to hear.
asio::awaitable<void> Session::tell_due() {
  constexpr std::size_t most = 1000;
  watch_->put_off = false;
  if (watch_->due.size() > most) {
    untagged(wire::imap::Condition::ok, "NOTIFICATIONOVERFLOW", "Nothing more is told unasked");
    stop_watching();
    co_return;
  }
  std::map<MailboxId, unsigned> put_off;
  while (!watch_->due.empty()) {
    const auto [mailbox, what] = *watch_->due.begin();
    watch_->due.erase(watch_->due.begin());
    const auto tree = account()->tree();
    const auto info = std::ranges::find(tree->mailboxes, mailbox, &store::MailboxInfo::id);
    if (info == tree->mailboxes.end() || (view_ && view_->id() == mailbox)) continue;
    // It may have become due under another NOTIFY.
    const auto events = watch_->filter.events(info->name, subscribed(*tree, info->name));
    if ((events & Notify::message_events) == 0) continue;
    const auto failure = co_await tell_status(*info, status_items(what));
    // One that is gone by now is no failure.
    if (failure && failure->code != "NONEXISTENT") {
      put_off.emplace(mailbox, what);
      continue;
    }
    co_await flush_if_large();
  }
  watch_->put_off = !put_off.empty();
  watch_->due.merge(put_off);
}

std::vector<Item> Session::status_items(unsigned changed) const {
  std::vector<Item> items{Item::messages, Item::uid_next, Item::uid_validity};
  if ((changed & store::flags_changed) != 0) items.push_back(Item::unseen);
  if (enabled_.has(Extension::cond_store)) items.push_back(Item::highest_mod_seq);
  return items;
}

}  // namespace postern::imap
