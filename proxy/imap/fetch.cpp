#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "proxy/imap/changes_since.h"
#include "proxy/imap/fetch_lanes.h"
#include "proxy/imap/fetch_producer.h"
#include "proxy/imap/session.h"

namespace postern::imap {
namespace {

using Kind = wire::imap::FetchItem::Kind;
using Runs = FetchPlan::Runs;

/// RFC 9394 section 3.3: those of the messages at these positions.
Runs cut(const Runs& runs, const wire::imap::PartialRange& range) {
  std::size_t size = 0;
  for (const auto& run : runs) size += run.last - run.first + 1;
  const Slice part = slice(range, size);
  Runs result;
  std::size_t before = 0;
  for (const auto& run : runs) {
    const std::size_t count = run.last - run.first + 1;
    const std::size_t begin = std::max(part.begin, before);
    const std::size_t end = std::min(part.end, before + count);
    if (begin < end) {
      result.push_back({static_cast<std::uint32_t>(run.first + (begin - before)),
                        static_cast<std::uint32_t>(run.first + (end - before) - 1)});
    }
    before += count;
  }
  return result;
}

/// What is told in one go on the network thread.
constexpr std::size_t step_octets = 256UL * 1024;

Answer completed(std::size_t unreadable, std::size_t undecodable) {
  if (unreadable == 0 && undecodable != 0)
    return Answer::no("UNKNOWN-CTE", "Some parts have a transfer encoding that is not known");
  if (unreadable == 0) return Answer::ok("FETCH completed");
  return Answer::no("CORRUPTION", "Some messages cannot be read; the log of the server says more");
}

}  // namespace

asio::awaitable<Answer> Session::run(const wire::imap::command::Fetch& command) {
  auto chosen = view_->choose(command.set, command.numbers);
  if (chosen.beyond) co_return Answer::bad("There is no message with that number");
  FetchPlan plan;
  plan.items = command.items;
  if (auto refused = co_await only_changed(command, chosen, plan)) co_return std::move(*refused);
  if (command.partial) chosen.runs = cut(chosen.runs, *command.partial);
  plan.runs = chosen.runs;
  if (!rev2()) plan.recents = view_->recents();
  // RFC 3501 section 6.4.8: the answers to UID FETCH tell UIDs whether asked for or not.
  if (command.numbers == Numbers::uid && !plan.asks_for(Kind::uid))
    plan.items.insert(plan.items.begin(), wire::imap::FetchItem{});
  const auto sets_seen = [](const wire::imap::FetchItem& item) {
    return item.seen == wire::imap::FetchItem::Seen::set;
  };
  if (std::ranges::any_of(plan.items, sets_seen) && !view_->read_only()) {
    Answer seen = co_await set_seen(chosen, plan);
    if (seen.condition != wire::imap::Condition::ok) co_return seen;
  }
  plan.view = view_->snapshot_ptr();
  plan.mod_seq_too = enabled_.has(Extension::cond_store);
  if (enabled_.has(Extension::uid_only)) plan.form = FetchPlan::Form::uid_fetch;
  co_return co_await tell_messages(std::move(plan));
}

/// RFC 7162 sections 3.1.4 and 3.2.6: asking for MODSEQ enables it; CHANGEDSINCE leaves of the
/// messages those that changed, with MODSEQ, and before them what went is told. An answer if that
/// cannot be.
asio::awaitable<std::optional<Answer>> Session::only_changed(
    const wire::imap::command::Fetch& command, MailboxView::Chosen& chosen, FetchPlan& plan) {
  const bool tells_vanished = command.vanished == wire::imap::command::Fetch::Vanished::told;
  if (tells_vanished && !enabled_.has(Extension::qresync))
    co_return Answer::bad("ENABLE QRESYNC comes first");
  if (command.changed_since || plan.asks_for(Kind::mod_seq)) enable(Extension::cond_store);
  if (!command.changed_since) co_return std::nullopt;
  if (!plan.asks_for(Kind::mod_seq)) plan.items.emplace_back().kind = Kind::mod_seq;
  chosen.runs = changed_since(view_->snapshot(), chosen.runs, *command.changed_since);
  if (!tells_vanished) co_return std::nullopt;
  wire::imap::command::Known known;
  known.mod_seq = *command.changed_since;
  // What `*` stands for may be among what went.
  const Uid last(view_->snapshot().head().uid_next.value - 1);
  UidSet wanted = command.set.saved() ? view_->saved() : command.set.uids(last);
  co_return co_await tell_vanished(std::move(known), std::move(wanted));
}

/// RFC 3501 section 6.4.5: BODY[] without PEEK sets \Seen, told with the message itself.
asio::awaitable<Answer> Session::set_seen(const MailboxView::Chosen& chosen, FetchPlan& plan) {
  UidSet unseen;
  for (const auto& run : chosen.runs) {
    view_->snapshot().for_range(SeqNum(run.first), SeqNum(run.last),
                                [&](SeqNum, const store::Entry& entry) {
                                  if (!entry.flags.has(SystemFlag::seen)) unseen.add(entry.uid);
                                });
  }
  if (unseen.empty()) co_return Answer::ok({});
  auto work = [id = view_->id(), unseen](store::Transaction& transaction) {
    return transaction.store_flags(id, unseen, store::FlagChange::add,
                                   {static_cast<std::uint8_t>(SystemFlag::seen), {}});
  };
  const auto outcome = co_await access::write(account(), std::move(work));
  if (!outcome) co_return failed(outcome.error());
  if (!*outcome) co_return Answer::refused(outcome->error());
  if (view_->mailbox().gone()) co_return Answer::refused(store::Refusal::nonexistent);
  plan.flags_too = **outcome;
  // The numbers of the command stay good: nothing is taken out of the view here.
  store::Changes changes = view_->catch_up(store::Expunges::withheld);
  const UidSet& changed = plan.flags_too;
  const Telling others = [&changed](SeqNum, const store::Entry& entry) {
    return !changed.contains(entry.uid);
  };
  co_await tell(std::move(changes), others);
  co_return Answer::ok({});
}

asio::awaitable<Answer> Session::tell_messages(FetchPlan plan) {
  if (plan.needs_reader()) co_return co_await tell_from_store(std::move(plan));
  FetchProducer producer(std::move(plan));
  while (!producer.finished()) {
    producer.produce(nullptr, out_, step_octets);
    co_await flush_if_large();
  }
  co_return completed(producer.unreadable(), producer.undecodable());
}

asio::awaitable<Answer> Session::tell_from_store(FetchPlan plan) {
  const auto account = this->account();
  FetchLanes lanes(*account, executor_, std::move(plan));
  while (!lanes.finished()) {
    store::Outcome<std::string> octets = co_await lanes.next();
    if (!octets) {
      // A part of a message was sent already, and the rest cannot be: nothing that follows would be
      // understood.
      const Answer answer = failed(octets.error());
      throw net::Error(net::ErrorKind::io, "FETCH broken off: " + answer.text);
    }
    if (out_.empty()) {
      out_ = std::move(*octets);
    } else {
      out_ += *octets;
      *octets = {};
    }
    if (lanes.ready()) {
      co_await flush_if_large();
    } else if (!lanes.finished()) {
      co_await flush();
    }
  }
  co_return completed(lanes.unreadable(), lanes.undecodable());
}

}  // namespace postern::imap
