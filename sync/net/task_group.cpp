#include "sync/net/task_group.h"

#include <cassert>
#include <exception>
#include <list>
#include <utility>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/base/log.h"
#include "sync/net/error.h"

namespace postern::net {

struct TaskGroup::State {
  struct Task {
    explicit Task(std::string n) : name(std::move(n)) {}
    std::string name;
    asio::cancellation_signal cancel;
  };

  State(const asio::any_io_executor& e, std::string a)
      : executor(e), area(std::move(a)), ended(e, asio::steady_timer::time_point::max()) {}

  void finish(std::list<Task>::iterator task, const std::exception_ptr& failure) {
    report(task->name, failure);
    tasks.erase(task);
    if (tasks.empty()) ended.cancel();
  }

  void report(const std::string& name, const std::exception_ptr& failure) const {
    try {
      if (failure) std::rethrow_exception(failure);
      log::debug(area, "{}: ended", name);
    } catch (const Error& error) {
      const bool quiet = error.kind() == ErrorKind::cancelled || error.kind() == ErrorKind::closed;
      log::write(quiet ? log::Level::debug : log::Level::info, area, "{}: {}", name, error.what());
    } catch (const asio::system_error& error) {
      const bool quiet = error.code() == asio::error::operation_aborted;
      log::write(quiet ? log::Level::debug : log::Level::error, area, "{}: {}", name, error.what());
    } catch (const std::exception& error) {
      log::error(area, "{}: ended by a failure: {}", name, error.what());
    }
  }

  asio::any_io_executor executor;
  std::string area;
  std::list<Task> tasks;
  asio::steady_timer ended;
};

TaskGroup::TaskGroup(asio::any_io_executor executor, std::string area)
    : state_(std::make_shared<State>(executor, std::move(area))) {}

TaskGroup::~TaskGroup() {
  assert(state_->tasks.empty() && "a task group is joined before it goes away");
}

void TaskGroup::spawn(std::string name, asio::awaitable<void> task) {
  auto place = state_->tasks.emplace(state_->tasks.end(), std::move(name));
  asio::co_spawn(
      state_->executor, std::move(task),
      asio::bind_cancellation_slot(place->cancel.slot(),
                                   [state = state_, place](const std::exception_ptr& failure) {
                                     state->finish(place, failure);
                                   }));
}

std::size_t TaskGroup::running() const {
  return state_->tasks.size();
}

void TaskGroup::cancel() {
  for (auto& task : state_->tasks) task.cancel.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> TaskGroup::join() {
  const auto state = state_;
  while (!state->tasks.empty()) {
    const auto [error] =
        co_await state->ended.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
    (void)error;
  }
}

}  // namespace postern::net
