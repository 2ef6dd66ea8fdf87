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

/// Of ESEARCH (RFC 7377 section 4).
Command::Body multi_search(Cursor& in);

/// SP mailbox. After an error the command is thrown away, so any name will do.
MailboxName mailbox_argument(Cursor& in);

/// What stands behind the name of the mailbox and a space, up to a stream or the end.
void new_messages(Cursor& in, command::Append& result);
/// What stands behind such a stream of a message of this form, likewise.
command::AppendPiece more_messages(Cursor& in, command::NewMessage::Form form,
                                   command::AppendPiece::Stream stream);

}  // namespace postern::wire::imap::grammar
