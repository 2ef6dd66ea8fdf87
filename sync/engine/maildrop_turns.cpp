#include "sync/engine/maildrop_turns.h"

#include <algorithm>
#include <utility>

#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/net/error.h"

namespace postern::engine {

namespace {

/// Between the starts of two sources.
constexpr std::chrono::milliseconds start_gap{250};

}  // namespace

asio::execution_context::id MaildropTurns::id;

struct MaildropTurns::Waiter {
  Waiter(const asio::any_io_executor& executor, std::list<Waiter*>& line)
      : granted_or_cancelled(executor, SteadyTime::max()), queue(&line) {
    queue->push_back(this);
  }
  Waiter(const Waiter&) = delete;
  ~Waiter() {
    if (queue != nullptr) queue->remove(this);
  }

  asio::steady_timer granted_or_cancelled;
  std::list<Waiter*>* queue;  ///< null once it was granted
};

MaildropTurns::Turn::Turn(Turn&& other) noexcept
    : turns_(std::exchange(other.turns_, nullptr)), maildrop_(std::move(other.maildrop_)) {}

MaildropTurns::Turn::~Turn() {
  if (turns_ != nullptr) turns_->release(maildrop_);
}

void MaildropTurns::release(const std::string& maildrop) {
  const auto entry = taken_.find(maildrop);
  if (entry->second.empty()) {
    taken_.erase(entry);
    return;
  }
  Waiter* next = entry->second.front();
  entry->second.pop_front();
  next->queue = nullptr;
  next->granted_or_cancelled.cancel();
}

asio::awaitable<MaildropTurns::Turn> MaildropTurns::take(std::string maildrop) {
  const auto [entry, is_free] = taken_.try_emplace(maildrop);
  if (is_free) co_return Turn(*this, std::move(maildrop));
  const auto executor = co_await asio::this_coro::executor;
  Waiter waiter(executor, entry->second);
  while (waiter.queue != nullptr) {
    co_await waiter.granted_or_cancelled.async_wait(
        asio::experimental::as_tuple(asio::use_awaitable));
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() == asio::cancellation_type::none) continue;
    if (waiter.queue == nullptr) release(maildrop);
    throw net::Error(net::ErrorKind::cancelled, "stopped while another source had the maildrop");
  }
  co_return Turn(*this, std::move(maildrop));
}

SteadyTime MaildropTurns::next_start(SteadyTime now) {
  last_start_ = std::max(now, last_start_ + start_gap);
  return last_start_;
}

}  // namespace postern::engine
