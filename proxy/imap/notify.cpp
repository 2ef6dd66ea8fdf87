#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include "proxy/imap/fetch_plan.h"
#include "proxy/imap/idling.h"
#include "proxy/imap/session.h"
#include "proxy/imap/waker.h"
#include "proxy/imap/watch.h"

namespace postern::imap {
namespace {

using Notify = wire::imap::command::Notify;
using Selected = NotifyFilter::Selected;

/// Of one NOTIFY.
constexpr std::size_t most_names = 1000;

/// RFC 5465 section 3.1: all that there are.
constexpr std::string_view bad_event =
    "BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange "
    "MailboxMetadataChange ServerMetadataChange)";

}  // namespace

asio::awaitable<Answer> Session::run(const Notify& command) {
  if (command.named == Notify::Events::unknown)
    co_return Answer::no(std::string(bad_event), "Some of these events are not known here");
  NotifyFilter filter(command.groups);
  if (filter.names() > most_names)
    co_return Answer::no("NOTIFICATIONOVERFLOW", "Too many mailboxes are named");
  // What the one before has not told.
  if (watch_) co_await tell_account_news();
  auto next = std::make_unique<Watch>(std::move(filter), executor_);
  next->mark = account()->recent_changes().now();
  if (watch_) {
    // What was committed while that was told.
    next->mark = watch_->mark;
    next->tree = watch_->tree;
    next->due = std::move(watch_->due);
  }
  watch_ = std::move(next);
  if (!watch_->filter.wants(Notify::mailbox_name | Notify::subscription_change)) {
    watch_->tree.reset();
  } else if (!watch_->tree) {
    watch_->tree = account()->tree();
  }
  // Who asks for it need not ENABLE it (section 5.6).
  const bool metadata =
      watch_->filter.wants(Notify::mailbox_metadata_change | Notify::server_metadata_change);
  if (metadata && !annotations_) annotations_ = account()->annotations();
  if (!command.groups.empty()) {
    auto waker = std::make_shared<Waker>(executor_, [weak = std::weak_ptr(self())] {
      if (const auto session = weak.lock()) session->hear_news();
    });
    watch_->subscription = account()->subscribe([waker] { Waker::call(waker); });
  }
  if (command.statuses == Notify::Statuses::told) co_await tell_statuses();
  co_return Answer::ok("NOTIFY completed");
}

/// RFC 5465 section 3.1: of each mailbox of whose messages the program wants to hear.
asio::awaitable<void> Session::tell_statuses() {
  const auto tree = account()->tree();
  std::size_t looked_at = 0;
  for (const store::MailboxInfo& info : tree->mailboxes) {
    // Others get their turn, however many there are.
    if (++looked_at % 100 == 0) co_await asio::post(executor_, asio::use_awaitable);
    const auto subscribed =
        tree->subscribed(info.name) ? NotifyFilter::Subscribed::yes : NotifyFilter::Subscribed::no;
    if ((watch_->filter.events(info.name, subscribed) & Notify::message_events) == 0) continue;
    if (view_ && view_->id() == info.id) continue;
    // One that is gone by now is told of by its name.
    (void)co_await tell_status(info, status_items(store::flags_changed));
    co_await flush_if_large();
    co_await expect_client({});
  }
}

/// As after NOTIFY NONE.
void Session::stop_watching() {
  watch_->filter = NotifyFilter({});
  watch_->tree.reset();
  watch_->due.clear();
  if (!enabled_.has(Extension::metadata)) annotations_.reset();
}

/// RFC 5465 section 3.1: whoever does not name the selected mailbox hears nothing of it, unless
/// what it does itself is to be told.
bool Session::hears_of_view() const {
  return !watch_ || watch_->filter.selected() != Selected::untold;
}

bool Session::hears_of_flags() const {
  return !watch_ || watch_->filter.tells_flags();
}

/// Something was committed. Between commands a task of its own tells it; else who writes at the
/// moment does.
void Session::hear_news() {
  if (idling_) return idling_->wake.raise();
  if (!watch_) return;
  watch_->put_off = false;
  if (watch_->pushing) {
    watch_->again = true;
  } else if (listening_ && waiting_ && !stopping_ && has_news()) {
    watch_->pushing = true;
    surroundings_.tasks.spawn("NOTIFY of " + stream_.peer(), push_news(self()));
  }
}

/// Whether there is anything that push_once() would tell.
bool Session::has_news() {
  if (state_ == State::logout || !login_) return false;
  note_message_changes();
  const bool view_changed =
      view_ && hears_of_view() && !view_->mailbox().gone() &&
      (watch_->filter.selected() == Selected::at_once ? view_->stale() : view_->behind());
  return view_changed || (!watch_->due.empty() && !watch_->put_off) ||
         (annotations_ && annotations_ != account()->annotations()) ||
         (watch_->tree && watch_->tree != account()->tree());
}

asio::awaitable<void> Session::push_once() {
  tag_.clear();
  if (view_ && hears_of_view()) {
    // RFC 5465 section 6.1.2.
    co_await tell(watch_->filter.selected() == Selected::at_once ? store::Expunges::allowed
                                                                 : store::Expunges::withheld);
    // Who asks for NOTIFY listens.
    news_overlooked_ = false;
    co_await update_contexts();
  }
  co_await tell_account_news();
  co_await flush();
}

asio::awaitable<void> Session::push_news(std::shared_ptr<Session> self) {
  std::exception_ptr lost;
  try {
    do {
      self->watch_->again = false;
      co_await self->push_once();
      // A command is not kept waiting by news that never end.
    } while (self->watch_->again && !self->stopping_ && self->waiting_);
    // One that has come is answered first.
    if (self->stopping_ && self->waiting_) co_await farewell(self);
  } catch (...) {
    lost = std::current_exception();
  }
  if (lost) self->stream_.close();
  self->watch_->pushing = false;
  self->watch_->pushed.raise();
  if (lost) std::rethrow_exception(lost);
}

/// Waits for what comes next from the program, a command as a rule.
asio::awaitable<void> Session::listen() {
  if (!watch_ || !framer_.between_commands()) co_return co_await read_more();
  // What came while the last answer was written.
  co_await flush();
  if (!stopping_ && has_news()) co_await push_once();
  listening_ = true;
  // What came while that was told is told beside the reading.
  if (has_news()) asio::post(executor_, [self = self()] { self->hear_news(); });
  std::exception_ptr lost;
  try {
    co_await read_more();
  } catch (...) {
    lost = std::current_exception();
  }
  listening_ = false;
  while (watch_->pushing) co_await watch_->pushed.wait();
  if (lost) std::rethrow_exception(lost);
}

/// RFC 5465 section 5.2: what was asked for of the last `added` messages.
asio::awaitable<void> Session::tell_new_messages(std::uint32_t added) {
  if (!watch_ || watch_->filter.items().empty()) co_return;
  const std::uint32_t size = view_->snapshot().size();
  wire::imap::SequenceSet::Ranges newest;
  newest.push_back({size - added + 1, size});
  co_await tell_items(watch_->filter.items(), std::move(newest));
}

/// Data items of messages, unasked.
asio::awaitable<void> Session::tell_items(std::vector<wire::imap::FetchItem> items,
                                          wire::imap::SequenceSet::Ranges runs) {
  FetchPlan plan;
  plan.items = std::move(items);
  if (!plan.asks_for(wire::imap::FetchItem::Kind::uid))
    plan.items.insert(plan.items.begin(), wire::imap::FetchItem{});
  // RFC 7162 section 3.2: whoever uses MODSEQ gets it with everything that is told unasked.
  if (enabled_.has(Extension::cond_store) && !plan.asks_for(wire::imap::FetchItem::Kind::mod_seq))
    plan.items.emplace_back().kind = wire::imap::FetchItem::Kind::mod_seq;
  plan.view = view_->snapshot_ptr();
  plan.runs = std::move(runs);
  if (!rev2()) plan.recents = view_->recents();
  if (enabled_.has(Extension::uid_only)) plan.form = FetchPlan::Form::uid_fetch;
  (void)co_await tell_messages(std::move(plan));
}

}  // namespace postern::imap
