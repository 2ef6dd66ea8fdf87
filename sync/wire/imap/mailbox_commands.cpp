#include <algorithm>
#include <array>
#include <utility>

#include "sync/wire/imap/command_rules.h"

namespace postern::wire::imap::grammar {
namespace {

using Body = Command::Body;

template <class T>
Body with_mailbox(Cursor& in) {
  return T{mailbox_argument(in)};
}

template <class T>
Body opening(Cursor& in) {
  T result{{mailbox_argument(in), {}, {}}};
  if (in.rest().starts_with(" (")) {
    sp(in);
    select_parameters(in, result);
  }
  return result;
}

Body rename(Cursor& in) {
  MailboxName from = mailbox_argument(in);
  MailboxName to = mailbox_argument(in);
  return command::Rename{std::move(from), std::move(to)};
}

template <class T>
Body list(Cursor& in) {
  sp(in);
  const std::string reference = astring(in);
  sp(in);
  const std::string name = list_mailbox(in);
  auto pattern = ListPattern::from_wire(reference, name);
  if (!pattern) in.fail("This is not a mailbox pattern in modified UTF-7");
  return T{pattern.value_or(ListPattern{})};
}

Body status(Cursor& in) {
  using Item = command::Status::Item;
  static constexpr std::array<std::pair<std::string_view, Item>, 7> names = {{
      {"HIGHESTMODSEQ", Item::highest_mod_seq},
      {"MAILBOXID", Item::mailbox_id},
      {"MESSAGES", Item::messages},
      {"RECENT", Item::recent},
      {"UIDNEXT", Item::uid_next},
      {"UIDVALIDITY", Item::uid_validity},
      {"UNSEEN", Item::unseen},
  }};
  command::Status result{mailbox_argument(in), {}};
  sp(in);
  in.expect('(');
  do {
    const auto known =
        std::ranges::find_if(names, [&](const auto& row) { return in.accept_word(row.first); });
    if (known == names.end()) {
      in.fail("There is no such status item");
    } else if (std::ranges::find(result.items, known->second) == result.items.end()) {
      result.items.push_back(known->second);
    }
  } while (in.accept(' '));
  in.expect(')');
  return result;
}

Body append(Cursor& in) {
  command::Append result{mailbox_argument(in), {}, {}, 0};
  sp(in);
  if (in.peek() == '(') {
    result.flags = flag_list(in);
    sp(in);
  }
  if (in.peek() == '"') {
    result.date = date_time(in);
    sp(in);
  }
  if (const auto octets = in.stream()) {
    result.octets = *octets;
  } else {
    in.fail("The message must come as a literal");
  }
  return result;
}

constexpr std::array<CommandForm, 11> forms = {{
    {"APPEND", append},
    {"CREATE", with_mailbox<command::Create>},
    {"DELETE", with_mailbox<command::Delete>},
    {"EXAMINE", opening<command::Examine>},
    {"LIST", list<command::List>},
    {"LSUB", list<command::Lsub>},
    {"RENAME", rename},
    {"SELECT", opening<command::Select>},
    {"STATUS", status},
    {"SUBSCRIBE", with_mailbox<command::Subscribe>},
    {"UNSUBSCRIBE", with_mailbox<command::Unsubscribe>},
}};

}  // namespace

MailboxName mailbox_argument(Cursor& in) {
  sp(in);
  auto name = mailbox(in);
  return name ? std::move(*name) : *MailboxName::from_utf8("INBOX");
}

std::span<const CommandForm> mailbox_commands() {
  return forms;
}

}  // namespace postern::wire::imap::grammar
