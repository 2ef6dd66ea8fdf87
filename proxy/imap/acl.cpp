#include <utility>

#include "proxy/imap/rights.h"
#include "proxy/imap/session.h"

namespace postern::imap {
namespace {

Answer not_given() {
  return Answer::no("NOPERM", "Each account has its own mail, and rights to it are not given away");
}

}  // namespace

std::string_view Session::my_rights(const std::string& mailbox) const {
  return rights_of(mailbox, reads_only() ? Access::read_only : Access::read_write);
}

void Session::tell_my_rights(const store::MailboxInfo& info) {
  out_ += "* MYRIGHTS ";
  append_name(info.name);
  out_.append(" ").append(my_rights(info.name)).append("\r\n");
}

/// RFC 4314 section 3.5.
asio::awaitable<Answer> Session::run(const wire::imap::command::MyRights& command) {
  const auto tree = account()->tree();
  const store::MailboxInfo* info = tree->find(command.mailbox.utf8());
  if (info == nullptr) co_return Answer::refused(store::Refusal::nonexistent);
  tell_my_rights(*info);
  co_return Answer::ok("MYRIGHTS completed");
}

/// RFC 4314 section 3.3.
asio::awaitable<Answer> Session::run(const wire::imap::command::GetAcl& command) {
  const auto tree = account()->tree();
  const store::MailboxInfo* info = tree->find(command.mailbox.utf8());
  if (info == nullptr) co_return Answer::refused(store::Refusal::nonexistent);
  out_ += "* ACL ";
  append_name(info->name);
  out_ += ' ';
  wire::imap::append_astring(out_, login_->account);
  out_.append(" ").append(my_rights(info->name)).append("\r\n");
  co_return Answer::ok("GETACL completed");
}

/// RFC 4314 section 3.4: the owner always has them all, nobody else can have any.
asio::awaitable<Answer> Session::run(const wire::imap::command::ListRights& command) {
  const auto tree = account()->tree();
  const store::MailboxInfo* info = tree->find(command.mailbox.utf8());
  if (info == nullptr) co_return Answer::refused(store::Refusal::nonexistent);
  out_ += "* LISTRIGHTS ";
  append_name(info->name);
  out_ += ' ';
  wire::imap::append_astring(out_, command.identifier);
  const bool own = command.identifier == login_->account;
  out_.append(" ").append(own ? my_rights(info->name) : "\"\"").append("\r\n");
  co_return Answer::ok("LISTRIGHTS completed");
}

asio::awaitable<Answer> Session::run(const wire::imap::command::SetAcl& /*command*/) {
  co_return not_given();
}

asio::awaitable<Answer> Session::run(const wire::imap::command::DeleteAcl& /*command*/) {
  co_return not_given();
}

}  // namespace postern::imap
