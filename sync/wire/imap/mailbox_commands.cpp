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
Body one_pattern(Cursor& in) {
  sp(in);
  const std::string reference = astring(in);
  sp(in);
  return T{list_pattern(in, reference)};
}

Body list(Cursor& in) {
  sp(in);
  return list_arguments(in);
}

Body create(Cursor& in) {
  command::Create result{mailbox_argument(in), {}};
  if (in.rest().starts_with(" (")) {
    sp(in);
    result.uses = create_uses(in);
  }
  return result;
}

Body status(Cursor& in) {
  command::Status result{mailbox_argument(in), {}};
  sp(in);
  result.items = status_items(in);
  return result;
}

Body get_quota(Cursor& in) {
  sp(in);
  return command::GetQuota{astring(in)};
}

Body list_rights(Cursor& in) {
  command::ListRights result{mailbox_argument(in), {}};
  sp(in);
  result.identifier = astring(in);
  return result;
}

Body get_metadata_form(Cursor& in) {
  sp(in);
  return get_metadata(in);
}

Body set_metadata_form(Cursor& in) {
  sp(in);
  return set_metadata(in);
}

/// What is refused anyway is read and forgotten.
template <class T, int words>
Body with_mailbox_and_words(Cursor& in) {
  T result{mailbox_argument(in)};
  for (int i = 0; i < words; ++i) {
    sp(in);
    (void)astring(in);
  }
  return result;
}

Body append(Cursor& in) {
  command::Append result{{}, mailbox_argument(in), {}};
  sp(in);
  new_messages(in, result);
  return result;
}

constexpr std::array<CommandForm, 21> forms = {{
    {"APPEND", append},
    {"CREATE", create},
    {"DELETE", with_mailbox<command::Delete>},
    {"DELETEACL", with_mailbox_and_words<command::DeleteAcl, 1>},
    {"EXAMINE", opening<command::Examine>},
    {"GETACL", with_mailbox<command::GetAcl>},
    {"GETMETADATA", get_metadata_form},
    {"GETQUOTA", get_quota},
    {"GETQUOTAROOT", with_mailbox<command::GetQuotaRoot>},
    {"LIST", list},
    {"LISTRIGHTS", list_rights},
    {"LSUB", one_pattern<command::Lsub>},
    {"MYRIGHTS", with_mailbox<command::MyRights>},
    {"RENAME", rename},
    {"SELECT", opening<command::Select>},
    {"SETACL", with_mailbox_and_words<command::SetAcl, 2>},
    {"SETMETADATA", set_metadata_form},
    {"STATUS", status},
    {"SUBSCRIBE", with_mailbox<command::Subscribe>},
    {"UNSUBSCRIBE", with_mailbox<command::Unsubscribe>},
    {"XLIST", one_pattern<command::XList>},
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
