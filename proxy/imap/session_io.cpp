#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "proxy/imap/session.h"
#include "sync/net/error.h"

namespace postern::imap {
asio::awaitable<void> Session::read_more() {
  // In IDLE the second task does the writing, and the goodbye.
  if (!idling_) {
    co_await flush();
    if (stopping_) {
      bye("UNAVAILABLE", why_ended_);
      co_return;
    }
  }
  std::string_view octets = co_await receive();
  // farewell() writes, and closes: what comes meanwhile is not answered.
  while (stopping_ && !idling_) octets = co_await receive();
  framer_.feed(octets);
}

/// Between the turns of long work, which nobody waits for once the client is gone. One that only
/// sends nothing more gets its answers: a line tells the two apart, since the system of a client
/// that is gone refuses it.
asio::awaitable<void> Session::expect_client(Progress progress) {
  const SteadyTime now = std::chrono::steady_clock::now();
  if (now - progress_told_ >= surroundings_.limits.progress_every) {
    progress_told_ = now;
    tell_progress(progress);
    co_await flush();
  }
  const auto side = stream_.other_side();
  if (side == net::Stream::OtherSide::gone)
    throw net::Error(net::ErrorKind::closed,
                     "the other side closed the connection while its command was under way");
  if (side == net::Stream::OtherSide::there || std::exchange(asked_whether_there_, true)) co_return;
  untagged(wire::imap::Condition::ok, "", "Still at it");
  co_await flush();
}

/// RFC 9585 section 4.
void Session::tell_progress(Progress progress) {
  // News that nobody asked for have no tag.
  if (tag_.empty()) return;
  if (!offers(config::Capability::in_progress)) {
    untagged(wire::imap::Condition::ok, "", "Still at it");
    return;
  }
  const std::string how_far = progress.goal == 0
                                  ? std::string("NIL NIL")
                                  : fmt::format("{} {}", progress.done, progress.goal);
  untagged(wire::imap::Condition::ok, fmt::format("INPROGRESS (\"{}\" {})", tag_, how_far),
           "Still at it");
}

/// An answer to "+"; nullopt if it was over the limits, and the session is over.
asio::awaitable<std::optional<std::string>> Session::read_line() {
  while (state_ != State::logout) {
    Framer::Event event = framer_.next_line();
    if (auto* complete = std::get_if<Framer::Complete>(&event)) {
      std::string line = complete->command.text.front();
      if (!login_) forget_input(complete->command);
      co_return line;
    }
    if (const auto* refused = std::get_if<Framer::Refused>(&event)) {
      bye("TOOBIG", refused->text);
    } else {
      co_await read_more();
    }
  }
  co_return std::nullopt;
}

/// The last changes of a mailbox that was deleted are in no picture of it: nothing more is told.
asio::awaitable<void> Session::tell(store::Expunges expunges) {
  if (view_->mailbox().gone()) co_return;
  if (view_->stale()) {
    store::Changes changes = view_->catch_up(expunges);
    co_await tell(std::move(changes), nullptr);
  }
  co_await tell_flags_passed_over();
}

asio::awaitable<void> Session::tell(store::Changes changes, Telling telling) {
  note_changes(changes);
  if (enabled_.has(Extension::qresync) || enabled_.has(Extension::uid_only)) {
    tell_vanished(changes);
  } else {
    for (const auto& gone : changes.expunged) {
      fmt::format_to(std::back_inserter(out_), "* {} EXPUNGE\r\n", gone.seq.value);
      co_await flush_if_large();
    }
  }
  if (changes.keywords_grew) tell_keywords();
  if (changes.added != 0) {
    tell_size();
    news_overlooked_ = true;
    co_await tell_new_messages(changes.added);
  }
  if (!hears_of_flags()) co_return pass_over(changes, telling);
  for (const SeqNum seq : changes.updated) {
    const store::Entry& entry = view_->snapshot().at(seq);
    if (telling && !telling(seq, entry)) continue;
    append_flags(seq, entry);
    co_await flush_if_large();
  }
}

/// RFC 5465 section 3.1: flags that a program does not want to hear of are told if it comes to want
/// that; until then it may not believe to know of all that changed.
void Session::pass_over(const store::Changes& changes, const Telling& telling) {
  std::vector<UidSet::Range> ranges = passed_over_.ranges();
  for (const SeqNum seq : changes.updated) {
    const store::Entry& entry = view_->snapshot().at(seq);
    if (telling && !telling(seq, entry)) continue;
    if (ranges.empty() || entry.mod_seq <= told_before_)
      told_before_ = ModSeq(entry.mod_seq.value - 1);
    ranges.push_back({entry.uid, entry.uid});
  }
  passed_over_ = UidSet(std::move(ranges));
}

asio::awaitable<void> Session::tell_flags_passed_over() {
  if (passed_over_.empty() || !hears_of_flags()) co_return;
  const UidSet uids = std::exchange(passed_over_, UidSet());
  for (const UidSet::Range& range : uids.ranges()) {
    for (std::uint32_t uid = range.first.value; uid <= range.last.value; ++uid) {
      const auto seq = view_->snapshot().find(Uid(uid));
      if (seq) append_flags(*seq, view_->snapshot().at(*seq));
      co_await flush_if_large();
    }
  }
}

void Session::tell_size() {
  fmt::format_to(std::back_inserter(out_), "* {} EXISTS\r\n", view_->snapshot().size());
  if (!rev2()) fmt::format_to(std::back_inserter(out_), "* {} RECENT\r\n", view_->recent_count());
}

/// RFC 7162 section 3.2.10.
void Session::tell_vanished(const store::Changes& changes) {
  if (changes.expunged.empty()) return;
  std::vector<Uid> uids;
  uids.reserve(changes.expunged.size());
  for (const auto& gone : changes.expunged) uids.push_back(gone.uid);
  std::ranges::reverse(uids);
  out_ += "* VANISHED " + wire::imap::format_uids(uids) + "\r\n";
  told_vanished_ = true;
}

/// RFC 7162 section 3.2.7: after VANISHED, how far the program is now. Section 3.2: what was told
/// meanwhile may bear a higher MODSEQ than what is still withheld, so it hears how far it may
/// believe to be; with a view that withholds nothing, what it heard says so.
void Session::tell_mod_seq(Answer& answer) {
  if (!enabled_.has(Extension::qresync)) return;
  const bool has_room = answer.condition == wire::imap::Condition::ok && answer.code.empty();
  auto told = view_->told_up_to();
  if (!passed_over_.empty()) told = std::min(told.value_or(told_before_), told_before_);
  if (told) {
    const std::string code = fmt::format("HIGHESTMODSEQ {}", told->value);
    if (has_room) {
      answer.code = code;
    } else {
      untagged(wire::imap::Condition::ok, code, "What went since is told later");
    }
  } else if (told_vanished_ && has_room) {
    answer.code = highest_mod_seq();
  }
}

/// RFC 3501 section 7.2.6; \* says that new keywords may be made (section 7.1, PERMANENTFLAGS).
void Session::tell_keywords() {
  std::string names;
  for (const auto& [flag, name] : wire::imap::system_flag_names) {
    if (!names.empty()) names.push_back(' ');
    names += name;
  }
  for (const std::string& keyword : view_->snapshot().keywords()) names += " " + keyword;
  out_ += "* FLAGS (" + names + ")\r\n";
  untagged(wire::imap::Condition::ok,
           "PERMANENTFLAGS (" + (view_->read_only() ? std::string() : names + " \\*") + ")",
           view_->read_only() ? "Nothing can be changed" : "Flags that are kept");
}

/// The UID goes along so that no program can take the data for another message's; with UIDONLY it
/// stands alone (RFC 9586 section 3).
void Session::append_fetch_start(SeqNum seq, const store::Entry& entry) {
  if (enabled_.has(Extension::uid_only)) {
    fmt::format_to(std::back_inserter(out_), "* {} UIDFETCH (", entry.uid.value);
  } else {
    fmt::format_to(std::back_inserter(out_), "* {} FETCH (UID {} ", seq.value, entry.uid.value);
  }
}

void Session::append_flags(SeqNum seq, const store::Entry& entry) {
  append_fetch_start(seq, entry);
  out_ += "FLAGS ";
  wire::imap::append_flags(out_, entry.flags, recent(entry.uid), view_->snapshot().keywords());
  if (enabled_.has(Extension::cond_store))
    fmt::format_to(std::back_inserter(out_), " MODSEQ ({})", entry.mod_seq.value);
  out_ += ")\r\n";
}

void Session::append_mod_seq(SeqNum seq, const store::Entry& entry) {
  append_fetch_start(seq, entry);
  fmt::format_to(std::back_inserter(out_), "MODSEQ ({}))\r\n", entry.mod_seq.value);
}

}  // namespace postern::imap
