#include "sync/engine/carry_through.h"

#include <memory>
#include <utility>

#include <asio/cancellation_state.hpp>
#include <asio/error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/system_error.hpp>
#include <asio/this_coro.hpp>

#include "sync/net/error.h"
#include "sync/net/task_group.h"

namespace postern::engine {

asio::awaitable<void> carry_through(std::string area, std::string name, asio::awaitable<void> work,
                                    std::function<std::chrono::milliseconds()> grace) {
  const auto executor = co_await asio::this_coro::executor;
  const auto group = std::make_shared<net::TaskGroup>(executor, std::move(area));
  const std::string what = name;
  group->spawn(std::move(name), std::move(work));
  bool cancelled = false;
  try {
    co_await group->join();
  } catch (const asio::system_error& error) {
    if (error.code() != asio::error::operation_aborted) throw;
    cancelled = true;
  }
  if (!cancelled) co_return;
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  asio::steady_timer limit(executor, grace());
  limit.async_wait([group](const asio::error_code& error) {
    if (!error) group->cancel();
  });
  co_await group->join();
  throw net::Error(net::ErrorKind::cancelled, "stopped during the " + what);
}

}  // namespace postern::engine
