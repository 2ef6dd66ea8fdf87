#include <cstdint>
#include <expected>
#include <string>
#include <utility>

#include "proxy/imap/session.h"
#include "sync/wire/ascii.h"

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
      if (wire::equal_ignoring_case(keywords[i], name)) bits.keywords |= std::uint64_t{1} << i;
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

/// The response code that names the messages which were left as they are; empty if there is none.
std::string modified(const UidSet& refused, wire::imap::Numbers numbers,
                     const store::Snapshot& view) {
  if (refused.empty()) return {};
  if (numbers == wire::imap::Numbers::uid) return "MODIFIED " + wire::imap::format(refused);
  wire::imap::SequenceSet set;
  for (const auto& range : refused.ranges()) {
    const SeqNum first = view.lower_bound(range.first);
    const SeqNum last = view.lower_bound(range.last);
    set.add(first.value, last.value);
  }
  set.normalise();
  return "MODIFIED " + wire::imap::format(set);
}

}  // namespace

/// RFC 3501 section 6.4.6 and RFC 7162 section 3.1.3. The view keeps what was expunged elsewhere
/// until the command is over, so the numbers of the command stay good.
asio::awaitable<Answer> Session::run(const Store& command) {
  if (command.unchanged_since) enable(Extension::cond_store);
  if (view_->read_only()) co_return Answer::no("READ-ONLY", "The mailbox is open for reading only");
  const auto chosen = view_->choose(command.set, command.numbers);
  if (chosen.beyond) co_return Answer::bad("There is no message with that number");
  const UidSet uids = view_->uids(chosen);
  if (uids.empty()) co_return Answer::ok("STORE completed, there was nothing to change");
  const auto stored = co_await store_flags(command, uids);
  if (!stored) co_return stored.error();
  // What was stored may be in no picture of it then.
  if (view_->mailbox().gone()) co_return Answer::refused(store::Refusal::nonexistent);

  const store::SnapshotPtr before = view_->snapshot_ptr();
  const store::SnapshotPtr latest = view_->mailbox().latest();
  store::Changes changes = view_->catch_up(store::Expunges::withheld);
  const Flags named = bits_of(command.flags, view_->snapshot().keywords());
  const bool silent = command.answer == Store::Answer::silent;
  const auto done = [&](Uid uid) { return uids.contains(uid) && !stored->refused.contains(uid); };
  // With .SILENT only what somebody else changed as well is told; without, all are told below.
  const Telling others = [&](SeqNum, const store::Entry& entry) {
    if (!done(entry.uid)) return true;
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
      } else if (done(entry.uid)) {
        tell_stored(SeqNum(seq), entry, command.answer);
        co_await flush_if_large();
      }
    }
  }
  const std::string code = modified(stored->refused, command.numbers, view_->snapshot());
  if (expunged && command.numbers == Numbers::sequence) {
    Answer refused = Answer::refused(store::Refusal::expunged);
    if (!code.empty()) refused.code = code;
    co_return refused;
  }
  co_return Answer::ok("STORE completed", code);
}

/// RFC 7162 section 3.1.3: MODSEQ is told even with .SILENT.
void Session::tell_stored(SeqNum seq, const store::Entry& entry, Store::Answer answer) {
  if (answer == Store::Answer::flags) {
    append_flags(seq, entry);
  } else if (enabled_.has(Extension::cond_store)) {
    append_mod_seq(seq, entry);
  }
}

asio::awaitable<std::expected<store::FlagsStored, Answer>> Session::store_flags(
    const Store& command, UidSet uids) {
  auto work = [id = view_->id(), uids = std::move(uids), change = change_of(command.change),
               names = store::FlagNames{command.flags.system, command.flags.keywords},
               since = command.unchanged_since](
                  store::Transaction& transaction) -> store::Result<store::FlagsStored> {
    if (since) return transaction.store_flags_unless_changed(id, uids, change, names, *since);
    auto changed = transaction.store_flags(id, uids, change, names);
    if (!changed) return std::unexpected(changed.error());
    return store::FlagsStored{std::move(*changed), {}};
  };
  auto outcome = co_await access::write(account(), std::move(work));
  if (!outcome) co_return std::unexpected(failed(outcome.error()));
  if (!*outcome) co_return std::unexpected(Answer::refused(outcome->error()));
  co_return std::move(**outcome);
}

}  // namespace postern::imap
