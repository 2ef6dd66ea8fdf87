#include "proxy/imap/session.h"

namespace postern::imap {
/// RFC 9208 section 4.1.1. Nothing is limited, and a quota root has a limit at least (section 7).
asio::awaitable<Answer> Session::run(const wire::imap::command::GetQuota& /*command*/) {
  co_return Answer::no("NONEXISTENT", "There is no such quota root");
}

/// RFC 9208 section 4.1.2.
asio::awaitable<Answer> Session::run(const wire::imap::command::GetQuotaRoot& command) {
  if (account()->tree()->find(command.mailbox.utf8()) == nullptr)
    co_return Answer::refused(store::Refusal::nonexistent);
  out_ += "* QUOTAROOT ";
  append_name(command.mailbox.utf8());
  out_ += "\r\n";
  co_return Answer::ok("GETQUOTAROOT completed");
}

}  // namespace postern::imap
