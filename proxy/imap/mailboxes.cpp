#include <algorithm>
#include <utility>

#include "proxy/imap/mailbox_listing.h"
#include "proxy/imap/object_id.h"
#include "proxy/imap/session.h"

namespace postern::imap {
namespace {

template <class T>
Answer answer_of(const store::Result<T>& result, std::string done) {
  return result ? Answer::ok(std::move(done)) : Answer::refused(result.error());
}

}  // namespace

/// RFC 3501 section 6.3.3. RFC 6154 section 3: a mailbox has one use, and a use one mailbox.
asio::awaitable<Answer> Session::run(const wire::imap::command::Create& command) {
  store::SpecialUse use = store::SpecialUse::none;
  if (!command.uses.empty()) {
    use = use_of(command.uses.front());
    if (command.uses.size() > 1 || use == store::SpecialUse::none)
      co_return Answer::no("USEATTR", "A mailbox cannot have that use here");
    const auto tree = account()->tree();
    if (std::ranges::find(tree->mailboxes, use, &store::MailboxInfo::special_use) !=
        tree->mailboxes.end())
      co_return Answer::no("USEATTR", "Another mailbox has that use");
  }
  auto work = [name = command.mailbox.utf8(), use](store::Transaction& transaction) {
    return transaction.create_mailbox(name, use);
  };
  const auto outcome = co_await access::write(account(), std::move(work));
  if (!outcome) co_return failed(outcome.error());
  if (!*outcome) co_return Answer::refused(outcome->error());
  own_names_ = {command.mailbox.utf8()};
  // RFC 8474 section 4.2.
  const std::string code = "MAILBOXID (" + mailbox_id((*outcome)->uid_validity) + ")";
  co_return Answer::ok("CREATE completed", offers(config::Capability::object_id) ? code : "");
}

asio::awaitable<Answer> Session::run(const wire::imap::command::Delete& command) {
  auto work = [name = command.mailbox.utf8()](store::Transaction& transaction) {
    return transaction.delete_mailbox(name);
  };
  const auto tree = account()->tree();
  const store::MailboxInfo* info = tree->find(command.mailbox.utf8());
  const bool own = view_ && info != nullptr && view_->id() == info->id;
  const auto outcome = co_await access::write(account(), std::move(work));
  if (!outcome) co_return failed(outcome.error());
  // Who deletes the mailbox that is open here knows that it is closed.
  if (own && *outcome) close_view();
  if (*outcome) own_names_ = {command.mailbox.utf8()};
  co_return answer_of(*outcome, "DELETE completed");
}

asio::awaitable<Answer> Session::run(const wire::imap::command::Rename& command) {
  auto work = [from = command.from.utf8(), to = command.to.utf8()](
                  store::Transaction& transaction) { return transaction.rename_mailbox(from, to); };
  const auto outcome = co_await access::write(account(), std::move(work));
  if (!outcome) co_return failed(outcome.error());
  if (*outcome) own_names_ = {command.to.utf8()};
  co_return answer_of(*outcome, "RENAME completed");
}

asio::awaitable<Answer> Session::run(const wire::imap::command::Subscribe& command) {
  if (account()->tree()->find(command.mailbox.utf8()) == nullptr)
    co_return Answer::refused(store::Refusal::nonexistent);
  auto work = [name = command.mailbox.utf8()](store::Transaction& transaction) {
    transaction.subscribe(name);
  };
  const auto outcome = co_await access::write(account(), std::move(work));
  if (!outcome) co_return failed(outcome.error());
  own_names_ = {command.mailbox.utf8()};
  co_return Answer::ok("SUBSCRIBE completed");
}

asio::awaitable<Answer> Session::run(const wire::imap::command::Unsubscribe& command) {
  auto work = [name = command.mailbox.utf8()](store::Transaction& transaction) {
    transaction.unsubscribe(name);
  };
  const auto outcome = co_await access::write(account(), std::move(work));
  if (!outcome) co_return failed(outcome.error());
  own_names_ = {command.mailbox.utf8()};
  co_return Answer::ok("UNSUBSCRIBE completed");
}

}  // namespace postern::imap
