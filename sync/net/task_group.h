#pragma once

#include <functional>
#include <memory>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

namespace postern::net {

/// The tasks of one owner: each has a name, its end is logged (an Error(cancelled) or Error(closed)
/// quietly), all can be cancelled and joined. The owner joins before it goes away. Network thread.
class TaskGroup {
 public:
  explicit TaskGroup(asio::any_io_executor executor, std::string area);
  TaskGroup(const TaskGroup&) = delete;
  ~TaskGroup();  ///< asserts that nothing runs any more

  void spawn(std::string name, asio::awaitable<void> task);
  [[nodiscard]] std::size_t running() const;
  /// Asks every task to end: waits under way fail with Error(cancelled) (or asio's
  /// operation_aborted).
  void cancel();
  /// Waits until every task has ended.
  asio::awaitable<void> join();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace postern::net
