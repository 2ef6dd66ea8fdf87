#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>

namespace postern::imap {

/// Hands wake-ups of the writer's thread, which runs call(), over to the network thread, where
/// `wake` runs: one at a time however many commits there are, and perhaps after its session is
/// gone.
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
