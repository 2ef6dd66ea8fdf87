#include <chrono>
#include <exception>
#include <memory>
#include <utility>

#include "proxy/imap/idling.h"
#include "proxy/imap/session.h"
#include "proxy/imap/waker.h"
#include "sync/net/dial.h"
#include "sync/wire/ascii.h"

namespace postern::imap {
namespace {

constexpr std::chrono::milliseconds before_first_news{50};

}  // namespace

asio::awaitable<Answer> Session::run(const wire::imap::command::Idle& /*command*/) {
  out_ += "+ Idling\r\n";
  co_await flush();
  idling_ = std::make_unique<Idling>(executor_);
  auto waker = std::make_shared<Waker>(executor_, [weak = std::weak_ptr(self())] {
    const auto session = weak.lock();
    if (session && session->idling_) session->idling_->wake.raise();
  });
  const auto wake = [waker] { Waker::call(waker); };
  if (view_) idling_->subscription = view_->mailbox().subscribe(wake);
  if (annotations_) idling_->account = account()->subscribe(wake);
  begin_waiting();
  surroundings_.tasks.spawn("IDLE of " + stream_.peer(), push(self()));
  std::optional<std::string> line;
  std::exception_ptr lost;
  try {
    line = co_await read_line();
  } catch (...) {
    lost = std::current_exception();
  }
  idling_->over = true;
  idling_->wake.raise();
  co_await idling_->ended.wait();
  idling_.reset();
  if (lost) std::rethrow_exception(lost);
  if (!line || state_ == State::logout) co_return Answer::ok("IDLE ended");
  if (!wire::equal_ignoring_case(*line, "DONE"))
    co_return Answer::bad("DONE ends IDLE, and nothing else may come");
  co_return Answer::ok("IDLE completed");
}

/// The writing half of IDLE. Whatever ends it, the conversation is told.
asio::awaitable<void> Session::push(std::shared_ptr<Session> self) {
  std::exception_ptr lost;
  try {
    co_await self->push_until_over();
  } catch (...) {
    lost = std::current_exception();
  }
  if (lost) self->stream_.close();
  self->idling_->ended.raise();
  if (lost) std::rethrow_exception(lost);
}

asio::awaitable<void> Session::push_until_over() {
  // Workaround: Thunderbird 153: what it reads in one go with the "+" of IDLE it notices only when
  // something else comes.
  co_await net::pause(before_first_news);
  // Workaround: Thunderbird 153: takes no notice of EXISTS in the answers to CREATE and UID FETCH,
  // so that it is told once more.
  if (view_ && news_overlooked_ && hears_of_view()) tell_size();
  while (!idling_->over) {
    if (view_ && hears_of_view()) {
      co_await tell(store::Expunges::allowed);
      news_overlooked_ = false;
      co_await update_contexts();
    }
    co_await tell_account_news();
    const bool gone = view_ && view_->mailbox().gone();
    if (gone || stopping_) {
      bye(stopping_ ? "UNAVAILABLE" : "",
          stopping_ ? why_ended_ : "The selected mailbox was deleted");
      co_await flush();
      stream_.close();
      co_return;
    }
    co_await flush();
    if (!idling_->over) co_await idling_->wake.wait();
  }
}

}  // namespace postern::imap
