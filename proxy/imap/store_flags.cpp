#include <cstdint>
#include <utility>

#include "proxy/imap/session.h"
#include "sync/wire/imap/characters.h"

namespace postern::imap {
namespace {

using Store = wire::imap::command::Store;

store::FlagChange change_of(Store::Change change) {
  switch (change) {
    case Store::Change::replace: return store::FlagChange::replace;
    case Store::Change::add: return store::FlagChange::add;
    case Store::Change::remove: return store::FlagChange::remove;
  }
  return store::FlagChange::add;
}

/// The flags that the command names, as far as the mailbox has them.
Flags bits_of(const wire::imap::FlagList& flags, const std::vector<std::string>& keywords) {
  Flags bits;
  bits.system = flags.system;
  for (const std::string& name : flags.keywords) {
    for (std::size_t i = 0; i < keywords.size(); ++i) {
      if (wire::imap::equal_ignoring_case(keywords[i], name))
        bits.keywords |= std::uint64_t{1} << i;
    }
  }
  return bits;
}

Flags changed(Flags before, Store::Change change, Flags named) {
  switch (change) {
    case Store::Change::replace: return named;
    case Store::Change::add: return before | named;
    case Store::Change::remove: return before - named;
  }
  return before;
}

}  // namespace

/// RFC 3501 section 6.4.6. The view keeps what was expunged elsewhere until the command is over, so
/// the numbers of the command stay good.
asio::awaitable<Answer> Session::run(const Store& command) {
  if (view_->read_only()) co_return Answer::no("READ-ONLY", "The mailbox is open for reading only");
  const auto chosen = view_->choose(command.set, command.numbers);
  if (chosen.beyond) co_return Answer::bad("There is no message with that number");
  const UidSet uids = view_->uids(chosen);
  if (uids.empty()) co_return Answer::ok("STORE completed, there was nothing to change");

  auto work = [id = view_->id(), uids, change = change_of(command.change),
               names = store::FlagNames{command.flags.system, command.flags.keywords}](
                  store::Transaction& transaction) {
    return transaction.store_flags(id, uids, change, names);
  };
  const auto outcome = co_await access::write(account(), std::move(work));
  if (!outcome) co_return failed(outcome.error());
  if (!*outcome) co_return Answer::refused(outcome->error());

  const store::SnapshotPtr before = view_->snapshot_ptr();
  const store::SnapshotPtr latest = view_->mailbox().latest();
  store::Changes changes = view_->catch_up(store::Expunges::withheld);
  const Flags named = bits_of(command.flags, view_->snapshot().keywords());
  const bool silent = command.answer == Store::Answer::silent;
  // With .SILENT only what somebody else changed as well is told; without, all are told below.
  const Telling others = [&](SeqNum, const store::Entry& entry) {
    if (!uids.contains(entry.uid)) return true;
    const auto seq = before->find(entry.uid);
    return silent && seq && changed(before->at(*seq).flags, command.change, named) != entry.flags;
  };
  co_await tell(std::move(changes), others);
  bool expunged = false;
  for (const auto& run : chosen.runs) {
    for (std::uint32_t seq = run.first; seq <= run.last; ++seq) {
      const store::Entry& entry = view_->snapshot().at(SeqNum(seq));
      if (!latest->find(entry.uid)) {
        expunged = true;
      } else if (!silent) {
        append_flags(SeqNum(seq), entry);
        co_await flush_if_large();
      }
    }
  }
  if (expunged && command.numbers == Numbers::sequence)
    co_return Answer::refused(store::Refusal::expunged);
  co_return Answer::ok("STORE completed");
}

}  // namespace postern::imap
