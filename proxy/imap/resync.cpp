#include <optional>
#include <utility>

#include "proxy/imap/changes_since.h"
#include "proxy/imap/session.h"

namespace postern::imap {

/// What went of `wanted` since the program was here last. An answer if the store failed.
asio::awaitable<std::optional<Answer>> Session::tell_vanished(wire::imap::command::Known known,
                                                              UidSet wanted) {
  auto work = [id = view_->id(), since = known.mod_seq](store::Reader& reader) {
    return reader.expunged_since(id, since);
  };
  const auto recorded = co_await access::read(account(), std::move(work));
  if (!recorded) co_return failed(recorded.error());
  const UidSet gone = vanished(view_->snapshot(), wanted, *recorded, known);
  if (!gone.empty()) out_ += "* VANISHED (EARLIER) " + wire::imap::format(gone) + "\r\n";
  co_return std::nullopt;
}

/// RFC 7162 section 3.2.5: all that happened to the mailbox since the program was here last. With
/// another UIDVALIDITY it has to begin anew.
asio::awaitable<std::optional<Answer>> Session::resynchronise(wire::imap::command::Known known) {
  if (known.uid_validity != view_->snapshot().head().uid_validity.value) co_return std::nullopt;
  const UidSet wanted = known.uids ? known.uids->uids(Uid(0)) : UidSet::all();
  if (auto failure = co_await tell_vanished(known, wanted)) co_return failure;
  MailboxView::Chosen chosen;
  const std::uint32_t size = view_->snapshot().size();
  if (known.uids) {
    chosen = view_->choose(*known.uids, Numbers::uid);
  } else if (size != 0) {
    chosen.runs.push_back({1, size});
  }
  for (const auto& run : changed_since(view_->snapshot(), chosen.runs, known.mod_seq)) {
    for (std::uint32_t seq = run.first; seq <= run.last; ++seq) {
      append_flags(SeqNum(seq), view_->snapshot().at(SeqNum(seq)));
      co_await flush_if_large();
    }
  }
  co_return std::nullopt;
}

}  // namespace postern::imap
