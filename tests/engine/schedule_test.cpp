#include "sync/engine/schedule.h"

#include <vector>

#include <gtest/gtest.h>

namespace postern::engine {
namespace {

using namespace std::chrono_literals;
using Asker = Schedule::Asker;
using Ending = Schedule::Ending;

constexpr SteadyTime start{};
constexpr double middle = 0.5;  ///< of chance: no more, no less

/// When the next poll is due, from the end of the last one.
std::optional<std::chrono::milliseconds> due_in(const Schedule& schedule, SteadyTime now) {
  if (!schedule.due()) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(*schedule.due() - now);
}

TEST(Schedule, PollsAtOnceAndThenAtItsInterval) {
  Schedule schedule(300s, start);
  EXPECT_EQ(due_in(schedule, start), 0s);
  schedule.ended(Ending::success, {}, middle, start);
  EXPECT_EQ(due_in(schedule, start), 300s);
  schedule.ended(Ending::success, {}, 0, start);
  EXPECT_EQ(due_in(schedule, start), 270s);
  schedule.ended(Ending::success, {}, 1, start);
  EXPECT_EQ(due_in(schedule, start), 330s);
}

TEST(Schedule, PausesLongerWithEachFailure) {  // D26
  Schedule schedule(300s, start);
  for (const auto minutes : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
    schedule.ended(Ending::failure, {}, middle, start);
    EXPECT_EQ(due_in(schedule, start), std::chrono::minutes(minutes));
  }
  schedule.ended(Ending::success, {}, middle, start);
  schedule.ended(Ending::failure, {}, middle, start);
  EXPECT_EQ(due_in(schedule, start), 1min);
}

TEST(Schedule, ConnectsSeldomToAServerThatFails) {  // D26: fewer than 10 in 10 minutes
  Schedule schedule(300s, start);
  SteadyTime now = start;
  int polls = 0;
  while (*schedule.due() < start + 10min) {
    now = *schedule.due();
    schedule.ended(Ending::failure, {}, 0, now);
    ++polls;
  }
  EXPECT_LT(polls, 10);
}

TEST(Schedule, WaitsTheIntervalAfterThrottling) {  // D15
  Schedule schedule(900s, start);
  schedule.ended(Ending::throttled, {}, middle, start);
  EXPECT_EQ(due_in(schedule, start), 900s);
}

TEST(Schedule, HonoursLoginDelay) {  // D15, RFC 2449 section 6.5
  Schedule schedule(60s, start);
  schedule.ended(Ending::success, 900s, middle, start);
  EXPECT_EQ(due_in(schedule, start), 900s);
  schedule.ask(Asker::program, start + 10s);
  EXPECT_EQ(due_in(schedule, start), 900s);
  schedule.ended(Ending::failure, {}, middle, start);
  EXPECT_EQ(due_in(schedule, start), 900s);
}

TEST(Schedule, StopsAfterTwoRefusalsUntilTheOperatorAsks) {  // D16
  Schedule schedule(300s, start);
  schedule.ended(Ending::refused, {}, middle, start);
  EXPECT_EQ(due_in(schedule, start), 300s);
  schedule.ended(Ending::refused, {}, middle, start);
  EXPECT_EQ(due_in(schedule, start), std::nullopt);
  schedule.ask(Asker::program, start + 1h);
  EXPECT_EQ(due_in(schedule, start), std::nullopt);
  schedule.ask(Asker::operator_self, start + 1h);
  EXPECT_EQ(due_in(schedule, start), 1h);
  schedule.ended(Ending::refused, {}, middle, start);
  EXPECT_NE(due_in(schedule, start), std::nullopt);  // two more, then again
}

TEST(Schedule, OneRefusalBetweenSuccessesIsForgotten) {  // D16 auth-err-once
  Schedule schedule(300s, start);
  for (int i = 0; i < 5; ++i) {
    schedule.ended(Ending::refused, {}, middle, start);
    ASSERT_TRUE(schedule.due());
    schedule.ended(Ending::success, {}, middle, start);
  }
}

TEST(Schedule, PollsSoonForAProgram) {
  Schedule schedule(300s, start);
  schedule.ended(Ending::success, {}, middle, start);
  schedule.ask(Asker::program, start + 1s);
  EXPECT_EQ(due_in(schedule, start), 5s);
  schedule.ask(Asker::program, start + 100s);
  EXPECT_EQ(due_in(schedule, start), 5s);  // the earlier one stays
}

TEST(Schedule, DoesNotPollForAProgramWhileItPauses) {
  Schedule schedule(300s, start);
  schedule.ended(Ending::failure, {}, middle, start);
  schedule.ask(Asker::program, start + 1s);
  EXPECT_EQ(due_in(schedule, start), 1min);
  schedule.ask(Asker::operator_self, start + 1s);
  EXPECT_EQ(due_in(schedule, start), 1s);
}

}  // namespace
}  // namespace postern::engine
