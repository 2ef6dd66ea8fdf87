#pragma once

#include <exception>
#include <expected>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>

#include <asio/awaitable.hpp>

#include "sync/net/completion.h"

namespace postern::net {

namespace detail {

template <class Work>
struct WorkerResult : std::invoke_result<Work&, std::stop_token> {};
template <class Work>
  requires std::is_invocable_v<Work&>
struct WorkerResult<Work> : std::invoke_result<Work&> {};

template <class Work>
using WorkerOutcome = std::expected<typename WorkerResult<Work>::type, std::exception_ptr>;

template <class Work>
WorkerOutcome<Work> outcome_of(Work& work, const std::stop_token& stop) {
  try {
    if constexpr (std::is_invocable_v<Work&>) {
      return work();
    } else {
      return work(stop);
    }
  } catch (...) {
    return std::unexpected(std::current_exception());
  }
}

}  // namespace detail

/// Runs `work`, which takes long, on a thread of its own, so that the network thread has time for
/// everybody else; what it throws is thrown here. Cancelling does not reach it, the end is waited
/// for; work that takes a std::stop_token is told by it.
template <class Work>
asio::awaitable<typename detail::WorkerResult<Work>::type> on_worker(Work work) {
  using Outcome = detail::WorkerOutcome<Work>;
  std::jthread thread;
  auto start = [&thread, work = std::move(work)](auto done, std::stop_token stop) mutable {
    thread = std::jthread([work = std::move(work), done, stop = std::move(stop)]() mutable {
      done(detail::outcome_of(work, stop));
    });
  };
  Outcome outcome = co_await completion<Outcome>(std::move(start));
  if (!outcome) std::rethrow_exception(outcome.error());
  co_return std::move(*outcome);
}

}  // namespace postern::net
