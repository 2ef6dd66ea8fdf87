#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "sync/store/mailbox.h"

namespace postern::store {

/// Callbacks that end with their Subscription. Any thread.
class Observers {
 public:
  [[nodiscard]] Subscription add(std::function<void()> callback) {
    const std::scoped_lock lock(list_->mutex);
    const std::uint64_t key = ++list_->last_key;
    list_->callbacks.emplace(key, std::move(callback));
    return Subscription([list = list_, key] {
      const std::scoped_lock ending(list->mutex);
      list->callbacks.erase(key);
    });
  }

  /// Calls all of them. A Subscription that ends meanwhile waits for it, so callbacks must not end
  /// one themselves.
  void notify() const {
    const std::scoped_lock lock(list_->mutex);
    for (const auto& [key, callback] : list_->callbacks) callback();
  }

 private:
  struct List {
    std::mutex mutex;
    std::map<std::uint64_t, std::function<void()>> callbacks;
    std::uint64_t last_key = 0;
  };
  std::shared_ptr<List> list_ = std::make_shared<List>();
};

}  // namespace postern::store
