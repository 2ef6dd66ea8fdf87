#pragma once

#include <span>
#include <string_view>

#include "sync/wire/imap/grammar.h"

/// What stands behind the name of a command, the commands by groups. Each rule reads all its
/// arguments, the space before them included.
namespace postern::wire::imap::grammar {

struct CommandForm {
  std::string_view name;
  Command::Body (*rule)(Cursor&);
};
/// Of commands that have a UID form.
struct NumbersForm {
  std::string_view name;
  Command::Body (*rule)(Numbers, Cursor&);
};

std::span<const CommandForm> mailbox_commands();
std::span<const NumbersForm> message_commands();

/// SP mailbox. After an error the command is thrown away, so any name will do.
MailboxName mailbox_argument(Cursor& in);

/// What stands between the name of the mailbox and a message.
void new_message(Cursor& in, command::NewMessage& result);

}  // namespace postern::wire::imap::grammar
