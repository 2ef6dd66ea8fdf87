#include <expected>
#include <utility>

#include <fmt/format.h>

#include "proxy/imap/session.h"
#include "sync/wire/imap/sequence_set.h"

namespace postern::imap {
namespace {

/// RFC 4315 section 3.
std::string copy_uid(const store::Copied& copied) {
  return fmt::format("COPYUID {} {} {}", copied.uid_validity.value,
                     wire::imap::format_uids(copied.from), wire::imap::format_uids(copied.to));
}

/// All or nothing (RFC 3501 section 6.4.7): when a message that a number names is gone, nothing is
/// done. UIDs may name messages that are gone.
store::Result<store::Copied> whole(store::Result<store::Copied> copied, std::size_t expected,
                                   wire::imap::Numbers numbers) {
  if (copied && numbers == wire::imap::Numbers::sequence && copied->from.size() != expected)
    return std::unexpected(store::Refusal::expunged);
  return copied;
}

}  // namespace

/// The messages that were taken to the other mailbox; none is no failure.
asio::awaitable<std::expected<store::Copied, Answer>> Session::transfer(
    wire::imap::SequenceSet set, Numbers numbers, wire::imap::MailboxName name, Transfer how) {
  const auto chosen = view_->choose(set, numbers);
  if (chosen.beyond) co_return std::unexpected(Answer::bad("There is no message with that number"));
  const auto tree = account()->tree();
  const store::MailboxInfo* to = tree->find(name.utf8());
  if (to == nullptr) co_return std::unexpected(Answer::refused(store::Refusal::try_create));
  UidSet uids = view_->uids(chosen);
  if (uids.empty()) co_return store::Copied{};
  auto work = [from = view_->id(), to = to->id, uids = std::move(uids), numbers,
               how](store::Transaction& transaction) {
    return whole((transaction.*how)(from, uids, to), uids.count(), numbers);
  };
  auto outcome = co_await access::write(account(), std::move(work));
  if (!outcome) co_return std::unexpected(failed(outcome.error()));
  if (!*outcome) co_return std::unexpected(Answer::refused(outcome->error()));
  co_return std::move(**outcome);
}

asio::awaitable<Answer> Session::run(const wire::imap::command::Copy& command) {
  const auto copied =
      co_await transfer(command.set, command.numbers, command.to, &store::Transaction::copy);
  if (!copied) co_return copied.error();
  const bool tells = !copied->from.empty() && offers(config::Capability::uid_plus);
  co_return Answer::ok("COPY completed", tells ? copy_uid(*copied) : "");
}

/// RFC 6851: COPYUID comes untagged, before the messages vanish from the view.
asio::awaitable<Answer> Session::run(const wire::imap::command::Move& command) {
  if (view_->read_only()) co_return Answer::no("READ-ONLY", "The mailbox is open for reading only");
  const auto moved =
      co_await transfer(command.set, command.numbers, command.to, &store::Transaction::move);
  if (!moved) co_return moved.error();
  if (!moved->from.empty() && offers(config::Capability::uid_plus))
    untagged(wire::imap::Condition::ok, copy_uid(*moved), "Moved");
  co_return Answer::ok("MOVE completed");
}

}  // namespace postern::imap
