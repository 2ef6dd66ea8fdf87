#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "proxy/imap/object_id.h"
#include "proxy/imap/session.h"

namespace postern::imap {
namespace {

/// 0 if all are seen.
std::uint32_t first_unseen(const store::Snapshot& view) {
  if (view.unseen() == 0) return 0;
  std::uint32_t seq = 0;
  for (const auto& piece : view.pieces()) {
    for (const store::Entry& entry : piece->entries) {
      ++seq;
      if (!entry.flags.has(SystemFlag::seen)) return seq;
    }
  }
  return 0;
}

}  // namespace

asio::awaitable<Answer> Session::run(const wire::imap::command::Select& command) {
  co_return co_await open(command, reads_only() ? Access::read_only : Access::read_write);
}

asio::awaitable<Answer> Session::run(const wire::imap::command::Examine& command) {
  co_return co_await open(command, Access::read_only);
}

/// RFC 3501 section 6.3.1: the old mailbox is closed even if the new one cannot be opened.
asio::awaitable<Answer> Session::open(wire::imap::command::Opening opening, Access access) {
  if (opening.known && !enabled_.has(Extension::qresync))
    co_return Answer::bad("ENABLE QRESYNC comes first");
  // RFC 7162 section 3.2.11: what is told from here on is of another mailbox.
  if (view_) untagged(wire::imap::Condition::ok, "CLOSED", "The mailbox before is closed");
  close_view();
  using CondStore = wire::imap::command::Opening::CondStore;
  if (opening.cond_store == CondStore::enabled) enable(Extension::cond_store);
  const auto tree = account()->tree();
  const store::MailboxInfo* info = tree->find(opening.mailbox.utf8());
  if (info == nullptr) co_return Answer::refused(store::Refusal::nonexistent);
  auto mailbox = co_await access::open_mailbox(account(), info->id);
  if (!mailbox) co_return failed(mailbox.error());
  if (*mailbox == nullptr) co_return Answer::refused(store::Refusal::nonexistent);
  view_.emplace(std::move(*mailbox), info->name, access);
  state_ = State::selected;
  describe_view();
  if (opening.known) {
    if (auto failure = co_await resynchronise(std::move(*opening.known))) {
      close_view();
      co_return std::move(*failure);
    }
  }
  if (opening.mailbox.inbox()) login_->poll_now();
  if (access == Access::read_only)
    co_return Answer::ok(reads_only() ? "SELECT completed" : "EXAMINE completed", "READ-ONLY");
  co_return Answer::ok("SELECT completed", "READ-WRITE");
}

void Session::describe_view() {
  using wire::imap::Condition;
  const store::Snapshot& snapshot = view_->snapshot();
  tell_keywords();
  tell_size();
  news_overlooked_ = false;
  if (!rev2() && !enabled_.has(Extension::uid_only)) {
    if (const std::uint32_t unseen = first_unseen(snapshot); unseen != 0)
      untagged(Condition::ok, fmt::format("UNSEEN {}", unseen), "First unseen message");
  }
  untagged(Condition::ok, fmt::format("UIDVALIDITY {}", snapshot.head().uid_validity.value),
           "UIDs are valid");
  untagged(Condition::ok, fmt::format("UIDNEXT {}", snapshot.head().uid_next.value),
           "Predicted next UID");
  if (offers(config::Capability::cond_store))
    untagged(Condition::ok, highest_mod_seq(), "The highest MODSEQ of the mailbox");
  if (offers(config::Capability::object_id))
    untagged(Condition::ok, fmt::format("MAILBOXID ({})", mailbox_id(snapshot.head().uid_validity)),
             "Its object id");
  // RFC 9051 section 6.3.2.
  if (rev2()) append_list_line("LIST", view_->name(), "", "");
}

void Session::close_view() {
  leave_due();
  view_.reset();
  passed_over_ = UidSet();
  keys_.reset();
  contexts_.clear();
  changed_.clear();
  if (state_ == State::selected) state_ = State::authenticated;
}

asio::awaitable<Answer> Session::run(const wire::imap::command::Check& /*command*/) {
  co_return Answer::ok("CHECK completed");
}

/// RFC 3501 section 6.4.2: removes what is \Deleted without telling.
asio::awaitable<Answer> Session::run(const wire::imap::command::Close& /*command*/) {
  Answer answer = Answer::ok("CLOSE completed");
  if (!view_->read_only() && !view_->mailbox().gone()) {
    auto work = [id = view_->id()](store::Transaction& transaction) {
      return transaction.expunge(id, UidSet::all());
    };
    const auto outcome = co_await access::write(account(), std::move(work));
    if (!outcome) {
      answer = failed(outcome.error());
    } else if (!*outcome) {
      answer = Answer::refused(outcome->error());
    }
  }
  close_view();
  co_return answer;
}

asio::awaitable<Answer> Session::run(const wire::imap::command::Unselect& /*command*/) {
  close_view();
  co_return Answer::ok("UNSELECT completed");
}

}  // namespace postern::imap
