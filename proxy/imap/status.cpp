#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

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

/// In units of 1024 octets (RFC 9208 section 5.1).
std::uint64_t deleted_storage(const store::Snapshot& view) {
  std::uint64_t octets = 0;
  if (view.deleted() != 0) {
    view.for_each([&](SeqNum, const store::Entry& entry) {
      if (entry.flags.has(SystemFlag::deleted)) octets += entry.octets;
    });
  }
  return (octets + 1023) / 1024;
}

std::string value_of(Item item, const store::Mailbox& mailbox, const store::Snapshot& view) {
  switch (item) {
    case Item::messages: return fmt::format("MESSAGES {}", view.size());
    case Item::recent: return fmt::format("RECENT {}", recent_count(mailbox, view));
    case Item::uid_next: return fmt::format("UIDNEXT {}", view.head().uid_next.value);
    case Item::uid_validity: return fmt::format("UIDVALIDITY {}", view.head().uid_validity.value);
    case Item::unseen: return fmt::format("UNSEEN {}", view.unseen());
    case Item::size: return fmt::format("SIZE {}", view.octets());
    case Item::deleted: return fmt::format("DELETED {}", view.deleted());
    case Item::deleted_storage: return fmt::format("DELETED-STORAGE {}", deleted_storage(view));
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
  if (auto refused = co_await tell_status(*info, command.items)) co_return std::move(*refused);
  co_return Answer::ok("STATUS completed");
}

/// An answer if that cannot be told.
asio::awaitable<std::optional<Answer>> Session::tell_status(store::MailboxInfo info,
                                                            std::vector<Item> items) {
  const auto mailbox = co_await access::open_mailbox(account(), info.id);
  if (!mailbox) co_return failed(mailbox.error());
  if (*mailbox == nullptr) co_return Answer::refused(store::Refusal::nonexistent);
  if (std::ranges::find(items, Item::highest_mod_seq) != items.end()) enable(Extension::cond_store);
  const store::SnapshotPtr view = (*mailbox)->latest();
  out_ += "* STATUS ";
  append_name(info.name);
  char before = '(';
  out_ += ' ';
  for (const Item item : items) {
    out_ += std::exchange(before, ' ') + value_of(item, **mailbox, *view);
  }
  out_ += ")\r\n";
  co_return std::nullopt;
}

}  // namespace postern::imap
