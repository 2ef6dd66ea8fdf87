#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

namespace postern::access {

/// One task waits until another one raises it; raising it before the wait counts. Network thread.
class Signal {
 public:
  explicit Signal(const asio::any_io_executor& executor)
      : never_(executor, asio::steady_timer::time_point::max()) {}

  void raise() {
    raised_ = true;
    never_.cancel();
  }
  asio::awaitable<void> wait() {
    while (!raised_) {
      asio::error_code woken;
      co_await never_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    raised_ = false;
  }

 private:
  asio::steady_timer never_;
  bool raised_ = false;
};

}  // namespace postern::access
