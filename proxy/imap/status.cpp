#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "proxy/imap/object_id.h"
#include "proxy/imap/session.h"

namespace postern::imap {
namespace {

using Item = wire::imap::command::Status::Item;

std::uint32_t recent_count(const store::Mailbox& mailbox, const store::Snapshot& view) {
  const Uid first = mailbox.first_recent();
  return view.size() + 1 - view.lower_bound(first).value;
}

std::string value_of(Item item, const store::Mailbox& mailbox, const store::Snapshot& view) {
  switch (item) {
    case Item::messages: return fmt::format("MESSAGES {}", view.size());
    case Item::recent: return fmt::format("RECENT {}", recent_count(mailbox, view));
    case Item::uid_next: return fmt::format("UIDNEXT {}", view.head().uid_next.value);
    case Item::uid_validity: return fmt::format("UIDVALIDITY {}", view.head().uid_validity.value);
    case Item::unseen: return fmt::format("UNSEEN {}", view.unseen());
    case Item::highest_mod_seq:
      return fmt::format("HIGHESTMODSEQ {}", view.head().highest_mod_seq.value);
    case Item::mailbox_id:
      return fmt::format("MAILBOXID ({})", mailbox_id(view.head().uid_validity));
  }
  return {};
}

}  // namespace

asio::awaitable<Answer> Session::run(const wire::imap::command::Status& command) {
  const auto tree = account()->tree();
  const store::MailboxInfo* info = tree->find(command.mailbox.utf8());
  if (info == nullptr) co_return Answer::refused(store::Refusal::nonexistent);
  const auto mailbox = co_await access::open_mailbox(account(), info->id);
  if (!mailbox) co_return failed(mailbox.error());
  if (*mailbox == nullptr) co_return Answer::refused(store::Refusal::nonexistent);
  const store::SnapshotPtr view = (*mailbox)->latest();
  if (std::ranges::find(command.items, Item::highest_mod_seq) != command.items.end())
    enable(Extension::cond_store);
  out_ += "* STATUS ";
  wire::imap::append_mailbox(out_, info->name);
  char before = '(';
  out_ += ' ';
  for (const Item item : command.items) {
    out_ += std::exchange(before, ' ') + value_of(item, **mailbox, *view);
  }
  out_ += ")\r\n";
  co_return Answer::ok("STATUS completed");
}

}  // namespace postern::imap
