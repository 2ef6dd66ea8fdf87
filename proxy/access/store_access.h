#pragma once

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
/// be done meanwhile. The work owns what it touches: the session may end before it. Network thread.
template <class T>
class Ahead {
 public:
  explicit Ahead(const asio::any_io_executor& executor)
      : state_(std::make_shared<State>(executor)) {}

  /// For the `done` of Account::read and Account::compute.
  [[nodiscard]] auto done() const {
    return [state = state_](T value) {
      auto box = std::make_shared<T>(std::move(value));
      asio::post(state->executor, [state, box] {
        state->value.emplace(std::move(*box));
        state->arrived.raise();
      });
    };
  }
  /// Whether get() returns at once.
  [[nodiscard]] bool ready() const { return state_->value.has_value(); }
  asio::awaitable<T> get() {
    const auto state = state_;
    while (!state->value) co_await state->arrived.wait();
    T value = std::move(*state->value);
    state->value.reset();
    co_return value;
  }

 private:
  struct State {
    explicit State(const asio::any_io_executor& e) : executor(e), arrived(e) {}
    asio::any_io_executor executor;
    Signal arrived;
    std::optional<T> value;
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
