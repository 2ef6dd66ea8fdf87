#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "sync/wire/imap/grammar.h"

namespace postern::wire::imap::grammar {
namespace {

using command::Notify;
using Kind = command::MailboxFilter::Kind;

constexpr std::size_t most_groups = 100;

bool selected(const Notify::Group& group) {
  return group.mailboxes.kind == Kind::selected || group.mailboxes.kind == Kind::selected_delayed;
}

/// Unknown events are for the session to refuse, not to be understood: RFC 5465 section 3.1.
void event(Cursor& in, Notify& notify, Notify::Group& group) {
  static constexpr std::array<std::pair<std::string_view, Notify::Event>, 7> names = {{
      {"FlagChange", Notify::flag_change},
      {"MailboxMetadataChange", Notify::mailbox_metadata_change},
      {"MailboxName", Notify::mailbox_name},
      {"MessageExpunge", Notify::message_expunge},
      {"MessageNew", Notify::message_new},
      {"ServerMetadataChange", Notify::server_metadata_change},
      {"SubscriptionChange", Notify::subscription_change},
  }};
  const auto known =
      std::ranges::find_if(names, [&](const auto& row) { return in.accept_word(row.first); });
  if (known == names.end()) {
    (void)atom(in);
    notify.named = Notify::Events::unknown;
    return;
  }
  group.events = static_cast<std::uint8_t>(group.events | known->second);
  if (known->second != Notify::message_new || !in.rest().starts_with(" (")) return;
  sp(in);
  if (!selected(group)) in.fail("Only of the selected mailbox data items are told");
  group.items = news_items(in);
}

/// RFC 5465 sections 5 and 6.1.
void check(Cursor& in, const Notify::Group& group) {
  const auto has = [&](Notify::Event event) { return (group.events & event) != 0; };
  if (has(Notify::message_new) != has(Notify::message_expunge))
    in.fail("MessageNew and MessageExpunge go together");
  if (has(Notify::flag_change) && !has(Notify::message_new))
    in.fail("FlagChange goes with MessageNew and MessageExpunge");
  if (selected(group) && (group.events & ~Notify::message_events) != 0)
    in.fail("Of the selected mailbox only events of messages are told");
}

Notify::Group event_group(Cursor& in, Notify& notify) {
  Notify::Group group;
  in.expect('(');
  group.mailboxes = mailbox_filter(in, Kind::subtree_one);
  sp(in);
  if (!in.accept_word("NONE")) {
    in.expect('(');
    do {
      event(in, notify, group);
    } while (in.accept(' '));
    in.expect(')');
    check(in, group);
  }
  in.expect(')');
  return group;
}

}  // namespace

std::vector<FetchItem> news_items(Cursor& in) {
  std::vector<FetchItem> items = fetch_items(in);
  for (FetchItem& item : items) item.seen = FetchItem::Seen::untouched;
  return items;
}

Notify notify(Cursor& in) {
  Notify result;
  if (in.accept_word("NONE")) return result;
  if (!in.accept_word("SET")) in.fail("NOTIFY takes SET or NONE");
  sp(in);
  if (in.accept_word("STATUS")) {
    result.statuses = Notify::Statuses::told;
    sp(in);
  }
  do {
    result.groups.push_back(event_group(in, result));
    if (result.groups.size() > most_groups) in.fail("Too many groups of events");
  } while (in.accept(' '));
  if (std::ranges::count_if(result.groups, selected) > 1)
    in.fail("SELECTED and SELECTED-DELAYED stand once at most");
  return result;
}

}  // namespace postern::wire::imap::grammar
