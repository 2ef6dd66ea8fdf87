#include "sync/engine/maildrop_turns.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sync/net/task_group.h"
#include "tests/net/loop.h"

namespace postern::engine {
namespace {

using namespace std::chrono_literals;

class MaildropTurnsTest : public testing::Test {
 protected:
  asio::awaitable<void> hold(std::string name, std::string maildrop) {
    const auto turn = co_await turns.take(maildrop);
    events.push_back(name + " begins");
    co_await net::pause(1ms);
    events.push_back(name + " ends");
  }
  asio::awaitable<void> all_of_one() {
    net::TaskGroup group(loop.io.get_executor(), "test");
    for (const char* name : {"a", "b", "c"}) group.spawn(name, hold(name, "anna@host"));
    co_await group.join();
  }
  asio::awaitable<void> one_of_each() {
    net::TaskGroup group(loop.io.get_executor(), "test");
    group.spawn("a", hold("a", "anna@host"));
    group.spawn("b", hold("b", "bert@host"));
    co_await group.join();
  }
  asio::awaitable<void> with_a_quitter() {
    net::TaskGroup group(loop.io.get_executor(), "test");
    net::TaskGroup quitters(loop.io.get_executor(), "test");
    group.spawn("a", hold("a", "anna@host"));
    quitters.spawn("b", hold("b", "anna@host"));
    group.spawn("c", hold("c", "anna@host"));
    quitters.cancel();
    co_await quitters.join();
    co_await group.join();
  }

  net::test::Loop loop;
  MaildropTurns& turns = asio::use_service<MaildropTurns>(loop.io);
  std::vector<std::string> events;
};

TEST_F(MaildropTurnsTest, GivesOneMaildropToOneAfterTheOther) {  // D23
  loop.run(all_of_one());
  EXPECT_EQ(events, (std::vector<std::string>{"a begins", "a ends", "b begins", "b ends",
                                              "c begins", "c ends"}));
}

TEST_F(MaildropTurnsTest, LetsOtherMaildropsAlone) {
  loop.run(one_of_each());
  EXPECT_EQ(events.at(0), "a begins");
  EXPECT_EQ(events.at(1), "b begins");
}

TEST_F(MaildropTurnsTest, PassesOverWhoWasCancelled) {
  loop.run(with_a_quitter());
  EXPECT_EQ(events, (std::vector<std::string>{"a begins", "a ends", "c begins", "c ends"}));
}

TEST_F(MaildropTurnsTest, StartsNotAllInTheSameSecond) {
  const SteadyTime now = std::chrono::steady_clock::now();
  std::set<SteadyTime> starts;
  for (int i = 0; i < 20; ++i) starts.insert(turns.next_start(now));
  EXPECT_EQ(starts.size(), 20U);
  EXPECT_EQ(*starts.begin(), now);
  EXPECT_GT(*starts.rbegin() - *starts.begin(), 4s);
  EXPECT_EQ(turns.next_start(now + 1h), now + 1h);
}

}  // namespace
}  // namespace postern::engine
