#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

namespace postern::daemon {

/// Many tasks wait while it is shut; it is open at first. Network thread.
class Gate {
 public:
  explicit Gate(const asio::any_io_executor& executor)
      : never_(executor, asio::steady_timer::time_point::max()) {}

  void shut() { open_ = false; }
  void open() {
    open_ = true;
    never_.cancel();
  }
  asio::awaitable<void> wait() {
    while (!open_) {
      asio::error_code woken;
      co_await never_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
  }

 private:
  asio::steady_timer never_;
  bool open_ = true;
};

}  // namespace postern::daemon
