#include "proxy/imap/session.h"

namespace postern::imap {
namespace {

/// All mailboxes of an account have one root, and no resource of it is limited, so none is named
/// (RFC 9208 section 5.1).
constexpr const char* quota_line = "* QUOTA \"\" ()\r\n";

}  // namespace

/// RFC 9208 section 4.1.1.
asio::awaitable<Answer> Session::run(const wire::imap::command::GetQuota& command) {
  if (!command.root.empty()) co_return Answer::no("NONEXISTENT", "There is no such quota root");
  out_ += quota_line;
  co_return Answer::ok("GETQUOTA completed");
}

/// RFC 9208 section 4.1.2.
asio::awaitable<Answer> Session::run(const wire::imap::command::GetQuotaRoot& command) {
  if (account()->tree()->find(command.mailbox.utf8()) == nullptr)
    co_return Answer::refused(store::Refusal::nonexistent);
  out_ += "* QUOTAROOT ";
  append_name(command.mailbox.utf8());
  out_ += " \"\"\r\n";
  out_ += quota_line;
  co_return Answer::ok("GETQUOTAROOT completed");
}

}  // namespace postern::imap
