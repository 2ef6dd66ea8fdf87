#include "sync/net/task_group.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/net/loop.h"

namespace postern::net::test {
namespace {

asio::awaitable<void> wait_for_ever(int& ended) {
  struct Mark {
    int& count;
    ~Mark() { ++count; }
  } mark{ended};
  co_await pause(1h);
}

asio::awaitable<void> fail_at_once() {
  throw std::runtime_error("a failure of a test");
  co_return;
}

asio::awaitable<void> cancel_and_join(TaskGroup& group) {
  group.cancel();
  co_await group.join();
}

TEST(TaskGroup, cancel_ends_every_task_and_join_waits_for_the_last) {
  Loop loop;
  TaskGroup group(loop.io.get_executor(), "test");
  int ended = 0;
  for (int i = 0; i < 100; ++i) group.spawn("waits", wait_for_ever(ended));
  EXPECT_EQ(group.running(), 100U);
  loop.run(cancel_and_join(group));
  EXPECT_EQ(group.running(), 0U);
  EXPECT_EQ(ended, 100);
}

asio::awaitable<void> pause_then_cancel(TaskGroup& group) {
  co_await pause(1ms);
  group.cancel();
  co_await group.join();
}

TEST(TaskGroup, cancel_reaches_tasks_that_wait_already) {
  Loop loop;
  TaskGroup group(loop.io.get_executor(), "test");
  int ended = 0;
  group.spawn("waits", wait_for_ever(ended));
  loop.run(pause_then_cancel(group));
  EXPECT_EQ(ended, 1);
}

TEST(TaskGroup, a_task_that_fails_leaves_the_others_alone) {
  Loop loop;
  TaskGroup group(loop.io.get_executor(), "test");
  int ended = 0;
  group.spawn("fails", fail_at_once());
  group.spawn("waits", wait_for_ever(ended));
  loop.run(pause_then_cancel(group));
  EXPECT_EQ(ended, 1);
}

asio::awaitable<void> join_only(TaskGroup& group) {
  co_await group.join();
}

TEST(TaskGroup, joining_an_empty_group_returns) {
  Loop loop;
  TaskGroup group(loop.io.get_executor(), "test");
  loop.run(join_only(group));
}

asio::awaitable<void> read_for_ever(Stream stream) {
  std::array<char, 1> octet{};
  co_await stream.read_some(octet, 1h);
}

asio::awaitable<void> accept_one(Listener& listener, TaskGroup& group) {
  auto stream = co_await listener.accept();
  group.spawn("reads", read_for_ever(std::move(stream)));
}

asio::awaitable<void> connect_then_cancel(Listener& listener, TaskGroup& group) {
  auto stream = co_await connect(listener.port());
  co_await pause(5ms);
  group.cancel();
  co_await group.join();
}

TEST(TaskGroup, cancel_ends_a_read_under_way) {
  Loop loop;
  auto listener = loop.listen();
  TaskGroup group(loop.io.get_executor(), "test");
  group.spawn("accepts", accept_one(listener, group));
  loop.run(connect_then_cancel(listener, group));
  EXPECT_EQ(group.running(), 0U);
}

}  // namespace
}  // namespace postern::net::test
