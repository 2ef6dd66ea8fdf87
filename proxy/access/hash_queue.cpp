#include "proxy/access/hash_queue.h"

#include <utility>

#include <asio/this_coro.hpp>

#include "proxy/access/device_password.h"
#include "proxy/access/signal.h"
#include "sync/net/worker.h"

namespace postern::access {

/// A check's place in the queue, given up with it.
class HashQueue::Place {
 public:
  Place(HashQueue& queue, const asio::any_io_executor& executor) : queue_(queue), turn_(executor) {
    queue_.waiting_.push_back(this);
    queue_.admit();
  }
  Place(const Place&) = delete;
  ~Place() {
    if (admitted_) {
      --queue_.running_;
    } else {
      queue_.waiting_.remove(this);
    }
    queue_.admit();
  }

  void admit() {
    admitted_ = true;
    turn_.raise();
  }
  asio::awaitable<void> turn() { return turn_.wait(); }

 private:
  HashQueue& queue_;
  Signal turn_;
  bool admitted_ = false;
};

void HashQueue::admit() {
  while (running_ < at_once && !waiting_.empty()) {
    ++running_;
    waiting_.front()->admit();
    waiting_.pop_front();
  }
}

asio::awaitable<HashQueue::Verdict> HashQueue::check(Secret shown, store::DeviceKeys keys) {
  if (waiting_.size() >= longest) co_return Verdict::busy;
  const auto executor = co_await asio::this_coro::executor;
  Place place(*this, executor);
  co_await place.turn();
  auto work = [shown = std::move(shown), keys = std::move(keys)] { return fits(shown, keys); };
  auto hashed = net::on_worker(std::move(work));
  const bool right = co_await std::move(hashed);
  co_return right ? Verdict::right : Verdict::wrong;
}

}  // namespace postern::access
