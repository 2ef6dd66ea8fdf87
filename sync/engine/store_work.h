#pragma once

#include <type_traits>
#include <utility>

#include <asio/awaitable.hpp>

#include "sync/net/completion.h"
#include "sync/store/account.h"

namespace postern::engine {

/// The store's work as something to wait for; a failure of the store is thrown as StoreFailure.
/// Network thread; the account outlives the call.
template <class R>
R value_of(store::Outcome<R> outcome) {
  if (!outcome) throw store::StoreFailure(outcome.error());
  if constexpr (!std::is_void_v<R>) return std::move(*outcome);
}

template <class Work>
asio::awaitable<std::invoke_result_t<Work&, store::Transaction&>> write(store::Account& account,
                                                                        Work work) {
  using R = std::invoke_result_t<Work&, store::Transaction&>;
  auto start = [&account, &work](auto done) { account.write(std::move(work), done); };
  auto outcome = co_await net::completion<store::Outcome<R>>(start);
  co_return value_of<R>(std::move(outcome));
}

template <class Work>
asio::awaitable<std::invoke_result_t<Work&, store::Reader&>> read(store::Account& account,
                                                                  Work work) {
  using R = std::invoke_result_t<Work&, store::Reader&>;
  auto start = [&account, &work](auto done) { account.read(std::move(work), done); };
  auto outcome = co_await net::completion<store::Outcome<R>>(start);
  co_return value_of<R>(std::move(outcome));
}

template <class Work>
asio::awaitable<std::invoke_result_t<Work&>> compute(store::Account& account, Work work) {
  using R = std::invoke_result_t<Work&>;
  auto start = [&account, &work](auto done) { account.compute(std::move(work), done); };
  auto outcome = co_await net::completion<store::Outcome<R>>(start);
  co_return value_of<R>(std::move(outcome));
}

}  // namespace postern::engine
