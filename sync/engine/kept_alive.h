#pragma once

#include <optional>
#include <utility>

#include <asio/awaitable.hpp>

#include "sync/upstream/pop3_session.h"

namespace postern::engine {

template <class T>
asio::awaitable<void> put_into(std::optional<T>& result, asio::awaitable<T> work) {
  result.emplace(co_await std::move(work));
}

/// Waits for the store in the middle of a session that is in step. The store may be busy for longer
/// than the server waits for a command: NOOPs keep the session open meanwhile.
template <class T>
asio::awaitable<T> kept_alive(upstream::Pop3Session& session, asio::awaitable<T> work) {
  if constexpr (std::is_void_v<T>) {
    co_await session.while_busy(std::move(work));
  } else {
    std::optional<T> result;
    auto into = put_into(result, std::move(work));
    co_await session.while_busy(std::move(into));
    co_return std::move(*result);
  }
}

}  // namespace postern::engine
