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
  auto box = std::make_shared<std::unique_ptr<T>>();
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      [](auto handler, Start begin, std::shared_ptr<std::unique_ptr<T>> result) {
        auto executor = asio::get_associated_executor(handler);
        auto pending = std::make_shared<
            std::pair<decltype(handler), asio::executor_work_guard<decltype(executor)>>>(
            std::move(handler), asio::make_work_guard(executor));
        begin([pending, result](T value) {
          *result = std::make_unique<T>(std::move(value));
          asio::post(pending->second.get_executor(), [pending] {
            auto resume = std::move(pending->first);
            pending->second.reset();
            std::move(resume)();
          });
        });
      },
      asio::use_awaitable, std::move(start), box);
  co_return std::move(**box);
}

}  // namespace postern::net
