#pragma once

#include <exception>
#include <memory>
#include <utility>

#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

namespace postern::net {

/// Waits for work that another thread finishes through a callback. `start` gets a copyable callable
/// `void(T)` and must see to it that it is called exactly once, on any thread; the coroutine goes
/// on in its own executor. Cancelling does not reach the work: a transaction that was begun is
/// waited for.
///
///   auto outcome = co_await net::completion<store::Outcome<Uid>>(
///       [&](auto done) { account.write(work, done); });
template <class T, class Start>
asio::awaitable<T> completion(Start start) {
  // The value travels in a shared box so that it may be movable only.
  const auto box = std::make_shared<std::unique_ptr<T>>();
  // Everything is named before it is awaited: GCC 12 destroys temporaries of an awaited expression
  // twice.
  auto initiate = [box, begin = std::move(start)](auto handler) mutable {
    auto executor = asio::get_associated_executor(handler);
    auto pending = std::make_shared<
        std::pair<decltype(handler), asio::executor_work_guard<decltype(executor)>>>(
        std::move(handler), asio::make_work_guard(executor));
    begin([pending, box](T value) {
      *box = std::make_unique<T>(std::move(value));
      asio::post(pending->second.get_executor(), [pending] {
        auto resume = std::move(pending->first);
        pending->second.reset();
        std::move(resume)();
      });
    });
  };
  auto waiting = asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(initiate),
                                                                             asio::use_awaitable);
  co_await std::move(waiting);
  co_return std::move(**box);
}

}  // namespace postern::net
