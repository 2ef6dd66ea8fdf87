#include "sync/net/completion.h"

#include <gtest/gtest.h>

#include <memory>
#include <semaphore>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>

#include "sync/net/task_group.h"
#include "sync/net/worker.h"
#include "tests/net/loop.h"

namespace postern::net::test {
namespace {

using Box = std::unique_ptr<int>;

asio::awaitable<void> wait_for_thread(std::thread& worker, int& got, std::thread::id& resumed_on) {
  auto box = co_await completion<Box>(
      [&worker](auto done) { worker = std::thread([done] { done(std::make_unique<int>(42)); }); });
  got = *box;
  resumed_on = std::this_thread::get_id();
}

TEST(Completion, a_value_that_only_moves_comes_from_another_thread_and_resumes_on_ours) {
  Loop loop;
  std::thread worker;
  int got = 0;
  std::thread::id resumed_on;
  loop.run(wait_for_thread(worker, got, resumed_on));
  worker.join();
  EXPECT_EQ(got, 42);
  EXPECT_EQ(resumed_on, std::this_thread::get_id());
}

asio::awaitable<void> wait_at_once(int& got) {
  got = co_await completion<int>([](auto done) { done(7); });
}

TEST(Completion, work_that_is_done_before_start_returns) {
  Loop loop;
  int got = 0;
  loop.run(wait_at_once(got));
  EXPECT_EQ(got, 7);
}

using Done = std::function<void(int)>;

asio::awaitable<void> keep_done(Done& kept, int& got) {
  got = co_await completion<int>([&kept](auto done) { kept = done; });
}

asio::awaitable<void> cancel_then_finish(TaskGroup& group, Done& kept, int& got, int& before) {
  co_await pause(1ms);
  group.cancel();
  co_await pause(1ms);
  before = got;
  kept(5);
  co_await group.join();
}

TEST(Completion, cancelling_waits_for_work_that_was_begun) {
  Loop loop;
  Done kept;
  int got = 0;
  int before = -1;
  TaskGroup group(loop.io.get_executor(), "test");
  group.spawn("waits", keep_done(kept, got));
  loop.run(cancel_then_finish(group, kept, got, before));
  EXPECT_EQ(before, 0) << "the cancelled task still waits";
  EXPECT_EQ(got, 5);
}

asio::awaitable<void> wait_for_stop(std::jthread& worker, bool& stopped) {
  stopped = co_await completion<bool>([&worker](auto done, std::stop_token stop) {
    worker = std::jthread([done, stop] {
      std::binary_semaphore told{0};
      const std::stop_callback tell(stop, [&told] { told.release(); });
      done(told.try_acquire_for(30s));
    });
  });
}

asio::awaitable<void> cancel_and_join(TaskGroup& group) {
  co_await pause(1ms);
  group.cancel();
  co_await group.join();
}

TEST(Completion, work_that_takes_a_stop_token_is_told_of_the_cancellation) {
  Loop loop;
  std::jthread worker;
  bool stopped = false;
  TaskGroup group(loop.io.get_executor(), "test");
  group.spawn("works", wait_for_stop(worker, stopped));
  loop.run(cancel_and_join(group));
  EXPECT_TRUE(stopped);
}

asio::awaitable<void> throw_on_a_worker(std::string& told) {
  auto work = []() -> int { throw std::runtime_error("out of order"); };
  try {
    (void)co_await on_worker(std::move(work));
  } catch (const std::runtime_error& error) {
    told = error.what();
  }
}

TEST(Worker, throws_here_what_was_thrown_there) {
  Loop loop;
  std::string told;
  loop.run(throw_on_a_worker(told));
  EXPECT_EQ(told, "out of order");
}

asio::awaitable<void> wait_on_a_worker(bool& stopped) {
  auto work = [](const std::stop_token& stop) {
    std::binary_semaphore told{0};
    const std::stop_callback tell(stop, [&told] { told.release(); });
    return told.try_acquire_for(30s);
  };
  stopped = co_await on_worker(std::move(work));
}

TEST(Worker, is_told_of_a_cancellation) {
  Loop loop;
  TaskGroup group(loop.io.get_executor(), "test");
  bool stopped = false;
  group.spawn("works", wait_on_a_worker(stopped));
  loop.run(cancel_and_join(group));
  EXPECT_TRUE(stopped);
}

asio::awaitable<void> one_of_many(int number, std::vector<std::thread>& workers, int& sum) {
  sum += co_await completion<int>(
      [&workers, number](auto done) { workers.emplace_back([done, number] { done(number); }); });
}

TEST(Completion, many_at_once_each_get_their_own) {
  Loop loop;
  std::vector<std::thread> workers;
  int sum = 0;
  for (int i = 1; i <= 50; ++i) loop.beside(one_of_many(i, workers, sum));
  loop.io.run();
  for (auto& worker : workers) worker.join();
  EXPECT_EQ(sum, 1275);
}

}  // namespace
}  // namespace postern::net::test
