#pragma once

#include <exception>
#include <memory>
#include <stop_token>
#include <type_traits>
#include <utility>

#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

namespace postern::net {

/// Waits for work that another thread finishes through a callback. `start` gets a copyable callable
/// `void(T)` and must see to it that it is called exactly once, on any thread; the coroutine goes
/// on in its own executor. Cancelling does not reach the work: a transaction that was begun is
/// waited for. A `start` that takes a std::stop_token, too, is told by it, and still calls.
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
    auto done = [pending, box](T value) {
      *box = std::make_unique<T>(std::move(value));
      asio::post(pending->second.get_executor(), [pending] {
        auto resume = std::move(pending->first);
        pending->second.reset();
        std::move(resume)();
      });
    };
    if constexpr (std::is_invocable_v<Start&, decltype(done), std::stop_token>) {
      const std::stop_source stop;
      if (auto slot = asio::get_associated_cancellation_slot(pending->first); slot.is_connected())
        slot.assign([stop](asio::cancellation_type) mutable { stop.request_stop(); });
      begin(std::move(done), stop.get_token());
    } else {
      begin(std::move(done));
    }
  };
  auto waiting = asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(initiate),
                                                                             asio::use_awaitable);
  co_await std::move(waiting);
  co_return std::move(**box);
}

}  // namespace postern::net
