#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>

namespace postern::imap {

/// Runs on the writer's thread: hands a wake-up over to the network thread, one at a time however
/// many commits there are.
class Waker {
 public:
  Waker(asio::any_io_executor executor, std::function<void()> wake)
      : executor_(std::move(executor)), wake_(std::move(wake)) {}

  static void call(const std::shared_ptr<Waker>& self) {
    if (self->posted_.exchange(true)) return;
    asio::post(self->executor_, [self] {
      self->posted_ = false;
      self->wake_();
    });
  }

 private:
  asio::any_io_executor executor_;
  std::function<void()> wake_;
  std::atomic<bool> posted_ = false;
};

}  // namespace postern::imap
