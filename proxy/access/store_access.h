#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/post.hpp>

#include "proxy/access/signal.h"
#include "sync/net/completion.h"
#include "sync/store/account.h"

namespace postern::access {

/// Work on the store's threads that was begun and is waited for later, so that something else can
/// be done meanwhile. The work owns what it touches: the session may end before it. Network thread,
/// but for what done() makes.
template <class T>
class Ahead {
 public:
  explicit Ahead(const asio::any_io_executor& executor)
      : state_(std::make_shared<State>(executor)) {}

  /// For the `done` of Account::read and Account::compute: called on the store's thread, and the
  /// next one only after get() has returned.
  [[nodiscard]] auto done() const {
    return [state = state_](T value) {
      state->value.emplace(std::move(value));
      // The network thread is woken only if it waits.
      if (state->stage.exchange(Stage::arrived) == Stage::awaited)
        asio::post(state->executor, [state] { state->woken.raise(); });
    };
  }
  /// Whether get() returns at once.
  [[nodiscard]] bool ready() const { return state_->stage == Stage::arrived; }
  /// One for each done(), unless it was cancelled.
  asio::awaitable<T> get() {
    const auto state = state_;
    while (true) {
      auto stage = Stage::under_way;
      state->stage.compare_exchange_strong(stage, Stage::awaited);
      if (stage == Stage::arrived) break;
      co_await state->woken.wait();
    }
    T value = std::move(*state->value);
    state->value.reset();
    state->stage = Stage::under_way;
    co_return value;
  }

 private:
  enum class Stage : std::uint8_t { under_way, awaited, arrived };
  struct State {
    explicit State(const asio::any_io_executor& e) : executor(e), woken(e) {}
    asio::any_io_executor executor;
    Signal woken;
    std::atomic<Stage> stage = Stage::under_way;
    std::optional<T> value;  ///< the store's thread's until the work has arrived
  };
  std::shared_ptr<State> state_;
};

/// One write transaction; the outcome comes after the commit. The work of this and of the next ones
/// owns what it touches. Network thread.
template <class Work>
auto write(std::shared_ptr<store::Account> account, Work work)
    -> asio::awaitable<store::Outcome<std::invoke_result_t<Work&, store::Transaction&>>> {
  using Result = store::Outcome<std::invoke_result_t<Work&, store::Transaction&>>;
  auto start = [account, work = std::move(work)](auto done) mutable {
    account->write(std::move(work), done);
  };
  co_return co_await net::completion<Result>(std::move(start));
}

template <class Work>
auto read(std::shared_ptr<store::Account> account, Work work)
    -> asio::awaitable<store::Outcome<std::invoke_result_t<Work&, store::Reader&>>> {
  using Result = store::Outcome<std::invoke_result_t<Work&, store::Reader&>>;
  auto start = [account, work = std::move(work)](auto done) mutable {
    account->read(std::move(work), done);
  };
  co_return co_await net::completion<Result>(std::move(start));
}

template <class Work>
auto compute(std::shared_ptr<store::Account> account, Work work)
    -> asio::awaitable<store::Outcome<std::invoke_result_t<Work&>>> {
  using Result = store::Outcome<std::invoke_result_t<Work&>>;
  auto start = [account, work = std::move(work)](auto done) mutable {
    account->compute(std::move(work), done);
  };
  co_return co_await net::completion<Result>(std::move(start));
}

/// nullptr if there is no such mailbox any more.
inline asio::awaitable<store::Outcome<store::Account::MailboxPtr>> open_mailbox(
    std::shared_ptr<store::Account> account, MailboxId id) {
  auto start = [account, id](auto done) { account->open_mailbox(id, done); };
  co_return co_await net::completion<store::Outcome<store::Account::MailboxPtr>>(start);
}

}  // namespace postern::access
