#include <utility>

#include "proxy/imap/session.h"

namespace postern::imap {

asio::awaitable<Answer> Session::run(const wire::imap::command::Expunge& command) {
  if (view_->read_only()) co_return Answer::no("READ-ONLY", "The mailbox is open for reading only");
  if (!command.uids) co_return co_await expunge(UidSet::all());
  // RFC 4315 section 2.1: UIDs that are not there have no effect.
  const auto chosen = view_->choose(*command.uids, Numbers::uid);
  UidSet uids = view_->uids(chosen);
  if (uids.empty()) co_return Answer::ok("EXPUNGE completed");
  co_return co_await expunge(std::move(uids));
}

/// What was removed is told by whoever tells the changes of the view next.
asio::awaitable<Answer> Session::expunge(UidSet uids) {
  auto work = [id = view_->id(), uids = std::move(uids)](store::Transaction& transaction) {
    return transaction.expunge(id, uids);
  };
  const auto outcome = co_await access::write(account(), std::move(work));
  if (!outcome) co_return failed(outcome.error());
  if (!*outcome) co_return Answer::refused(outcome->error());
  co_return Answer::ok("EXPUNGE completed");
}

}  // namespace postern::imap
