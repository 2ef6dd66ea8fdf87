#pragma once

#include <thread>
#include <type_traits>
#include <utility>

#include <asio/awaitable.hpp>

#include "sync/net/completion.h"

namespace postern::net {

/// Runs `work`, which takes long and must not throw, on a thread of its own, so that the network
/// thread has time for everybody else. Cancelling does not reach it: the end is waited for.
template <class Work>
asio::awaitable<std::invoke_result_t<Work&>> on_worker(Work work) {
  using Result = std::invoke_result_t<Work&>;
  std::jthread thread;
  auto start = [&thread, work = std::move(work)](auto done) mutable {
    thread = std::jthread([work = std::move(work), done]() mutable { done(work()); });
  };
  co_return co_await completion<Result>(std::move(start));
}

}  // namespace postern::net
