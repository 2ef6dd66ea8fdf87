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
  Schedule schedule({300s}, start);
  EXPECT_EQ(due_in(schedule, start), 0s);
  schedule.ended(Ending::success, {}, middle, start);
  EXPECT_EQ(due_in(schedule, start), 300s);
  schedule.ended(Ending::success, {}, 0, start);
  EXPECT_EQ(due_in(schedule, start), 270s);
  schedule.ended(Ending::success, {}, 1, start);
  EXPECT_EQ(due_in(schedule, start), 330s);
}

TEST(Schedule, PausesLongerWithEachFailure) {  // D26
  Schedule schedule({300s}, start);
  for (const auto minutes : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
    schedule.ended(Ending::failure, {}, middle, start);
    EXPECT_EQ(due_in(schedule, start), std::chrono::minutes(minutes));
  }
  schedule.ended(Ending::success, {}, middle, start);
  schedule.ended(Ending::failure, {}, middle, start);
  EXPECT_EQ(due_in(schedule, start), 1min);
}

TEST(Schedule, ConnectsSeldomToAServerThatFails) {  // D26: fewer than 10 in 10 minutes
  Schedule schedule({300s}, start);
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
  Schedule schedule({900s}, start);
  schedule.ended(Ending::throttled, {}, middle, start);
  EXPECT_EQ(due_in(schedule, start), 900s);
}

TEST(Schedule, WaitsLongWhenNobodyCanTellWhatWasMeant) {
  Schedule schedule({300s}, start);
  for (const auto minutes : {15, 30, 60, 120, 240, 240}) {
    schedule.ended(Ending::doubtful, {}, middle, start);
    EXPECT_EQ(due_in(schedule, start), std::chrono::minutes(minutes));
  }
  schedule.ask(Asker::program, start + 1s);
  EXPECT_EQ(due_in(schedule, start), 240min);
  schedule.ask(Asker::corrected, start + 1s);
  EXPECT_EQ(due_in(schedule, start), 1s);
}

TEST(Schedule, TriesHourlyWhatSomebodyHasToMend) {  // D16: [SYS/PERM]
  Schedule schedule({300s}, start);
  schedule.ended(Ending::standing, {}, middle, start);
  EXPECT_EQ(due_in(schedule, start), 60min);
  schedule.ended(Ending::standing, {}, middle, start);
  EXPECT_EQ(due_in(schedule, start), 60min);
}

TEST(Schedule, KeepsTheProvidersMinimumWhoeverAsks) {
  using Source = Schedule::Least::Source;
  struct Row {
    const char* name;
    std::chrono::seconds preset, announced, learned, gap;
    Source source;
  };
  for (const Row& row : {
           Row{"nobody", 0s, 0s, 0s, 0s, Source::nobody},
           Row{"preset", 900s, 0s, 0s, 900s, Source::preset},
           Row{"announced", 60s, 300s, 0s, 300s, Source::announced},
           Row{"learned", 60s, 300s, 1200s, 1200s, Source::learned},
           Row{"the largest counts", 900s, 300s, 120s, 900s, Source::preset},
       }) {
    SCOPED_TRACE(row.name);
    Schedule schedule({60s, row.preset}, start);
    schedule.restore({{}, {}, {}, row.learned, 0}, start);
    schedule.ended(Ending::success, row.announced, 0, start);
    EXPECT_EQ(schedule.least().gap, row.gap);
    EXPECT_EQ(schedule.least().source, row.source);
    EXPECT_EQ(due_in(schedule, start), std::max<std::chrono::seconds>(row.gap, 54s));
    for (const Asker asker : {Asker::program, Asker::surroundings, Asker::operator_self}) {
      schedule.ask(asker, start + 1s);
      EXPECT_GE(*schedule.due(), start + row.gap);
    }
  }
}

TEST(Schedule, LearnsTheMinimumFromBeingThrottled) {
  // A provider that takes one login in 15 minutes and does not say so.
  Schedule schedule({300s}, start);
  SteadyTime now = start;
  SteadyTime last_login = start - 1h;
  int refused = 0;
  for (int polls = 0; polls < 300; ++polls) {
    const bool taken = now - last_login >= 15min;
    if (!taken) ++refused;
    last_login = now;
    schedule.ended(taken ? Ending::success : Ending::throttled, {}, middle, now);
    now = *schedule.due();
  }
  EXPECT_LE(refused, 6);
  EXPECT_GE(schedule.learned(), 15min);
  EXPECT_LE(schedule.learned(), 60min);
}

TEST(Schedule, ForgetsSlowlyWhatItLearned) {
  Schedule schedule({300s}, start);
  schedule.restore({{}, {}, {}, 20min, 0}, start);
  schedule.ended(Ending::success, {}, middle, start + 7 * 24h);
  EXPECT_EQ(schedule.learned(), 10min);
  schedule.ended(Ending::success, {}, middle, start + 14 * 24h);
  EXPECT_EQ(schedule.learned(), 5min);
  schedule.ended(Ending::success, {}, middle, start + 60 * 24h);
  EXPECT_EQ(schedule.learned(), 0s);
}

TEST(Schedule, LearnsNothingFromThrottlingThatItDidNotCause) {
  Schedule schedule({300s}, start);
  schedule.ended(Ending::throttled, {}, middle, start);
  EXPECT_EQ(schedule.learned(), 0s);  // the first login of this run
  schedule.ended(Ending::success, {}, middle, start + 1h);
  schedule.ended(Ending::throttled, {}, middle, start + 5h);
  EXPECT_EQ(schedule.learned(), 0s);
}

TEST(Schedule, PollsSoonInOtherSurroundings) {
  struct Row {
    const char* name;
    Ending before;
    std::optional<std::chrono::milliseconds> due;
  };
  for (const Row& row : {
           Row{"after a success", Ending::success, 10s},
           Row{"not reached before", Ending::failure, 10s},
           Row{"throttled", Ending::throttled, 300s},
           Row{"refused", Ending::refused, 300s},
           Row{"doubtful", Ending::doubtful, 15min},
           Row{"to be mended by somebody", Ending::standing, 60min},
       }) {
    SCOPED_TRACE(row.name);
    Schedule schedule({300s}, start);
    schedule.ended(row.before, {}, middle, start);
    schedule.ask(Asker::surroundings, start + 10s);
    EXPECT_EQ(due_in(schedule, start), row.due);
  }
}

TEST(Schedule, HonoursLoginDelay) {  // D15, RFC 2449 section 6.5
  Schedule schedule({60s}, start);
  schedule.ended(Ending::success, 900s, 0, start);
  EXPECT_EQ(due_in(schedule, start), 900s);
  schedule.ended(Ending::success, 900s, 1, start);
  EXPECT_EQ(due_in(schedule, start), 990s);
  schedule.ask(Asker::program, start + 10s);
  EXPECT_EQ(due_in(schedule, start), 900s);
  schedule.ended(Ending::failure, {}, 0, start);
  EXPECT_EQ(due_in(schedule, start), 900s);
}

TEST(Schedule, StopsAfterTwoRefusalsUntilTheOperatorAsks) {  // D16
  Schedule schedule({300s}, start);
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

TEST(Schedule, PutsOffTheOperatorWhoTriesTheSameAgainAndAgain) {  // D16
  Schedule schedule({300s}, start);
  schedule.ended(Ending::refused, {}, middle, start);
  schedule.ended(Ending::refused, {}, middle, start);
  for (const auto pause : {0min, 1min, 2min, 4min, 8min, 16min, 32min, 60min, 60min}) {
    schedule.ask(Asker::operator_self, start);
    EXPECT_EQ(due_in(schedule, start), pause);
    schedule.ended(Ending::refused, {}, middle, start);
  }
  schedule.ask(Asker::corrected, start);
  EXPECT_EQ(due_in(schedule, start), 0s);
}

TEST(Schedule, WaitsAfterALoginInDoubtOverARestart) {  // D16
  Schedule schedule({300s}, start);
  schedule.restore({start - 1min, {}, {}, {}, 0, 2}, start);
  EXPECT_EQ(due_in(schedule, start), 29min);
  schedule.ask(Asker::program, start);
  schedule.ask(Asker::surroundings, start);
  EXPECT_EQ(due_in(schedule, start), 29min);
}

TEST(Schedule, ALostConnectionBetweenTwoRefusalsChangesNothing) {  // D16
  Schedule schedule({300s}, start);
  schedule.ended(Ending::refused, {}, middle, start);
  schedule.ended(Ending::failure, {}, middle, start);
  schedule.ended(Ending::refused, {}, middle, start);
  EXPECT_EQ(due_in(schedule, start), std::nullopt);
}

TEST(Schedule, OneRefusalBetweenSuccessesIsForgotten) {  // D16: auth-err-once
  Schedule schedule({300s}, start);
  for (int i = 0; i < 5; ++i) {
    schedule.ended(Ending::refused, {}, middle, start);
    ASSERT_TRUE(schedule.due());
    schedule.ended(Ending::success, {}, middle, start);
  }
}

TEST(Schedule, PollsSoonForAProgram) {
  Schedule schedule({300s}, start);
  schedule.ended(Ending::success, {}, middle, start);
  schedule.ask(Asker::program, start + 1s);
  EXPECT_EQ(due_in(schedule, start), 5s);
  schedule.ask(Asker::program, start + 100s);
  EXPECT_EQ(due_in(schedule, start), 5s);  // the earlier one stays
}

TEST(Schedule, DoesNotPollForAProgramWhileItPauses) {
  Schedule schedule({300s}, start);
  schedule.ended(Ending::failure, {}, middle, start);
  schedule.ask(Asker::program, start + 1s);
  EXPECT_EQ(due_in(schedule, start), 1min);
  schedule.ask(Asker::operator_self, start + 1s);
  EXPECT_EQ(due_in(schedule, start), 1s);
}

TEST(Schedule, GoesOnAfterARestartAsIfThereHadBeenNone) {  // D15, D16
  struct Row {
    const char* name;
    std::chrono::seconds ago, announced, learned;
    unsigned refusals;
    std::optional<std::chrono::milliseconds> due;
  };
  const Row rows[] = {
      {"no limit", 1s, 0s, 0s, 0, 0s},
      {"the server's limit", 100s, 600s, 0s, 0, 500s},
      {"a limit that was learned", 100s, 0s, 900s, 0, 800s},
      {"the limit is over", 700s, 600s, 0s, 0, 0s},
      {"one refusal", 1s, 0s, 0s, 1, 0s},
      {"two refusals", 1s, 0s, 0s, 2, std::nullopt},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Schedule before({300s}, start - row.ago);
    before.restore({start - row.ago, {}, row.announced, row.learned, row.refusals},
                   start - row.ago);
    Schedule schedule({300s}, start);
    schedule.restore(before.kept(), start);
    EXPECT_EQ(due_in(schedule, start), row.due);
    EXPECT_EQ(schedule.stopped(), !row.due);
    if (row.refusals == 0) {
      // Nor does the operator's word shorten a limit that the server set.
      schedule.ask(Asker::operator_self, start);
      EXPECT_EQ(due_in(schedule, start), row.due);
    } else {
      schedule.ask(Asker::operator_self, start);
      EXPECT_EQ(due_in(schedule, start), 0s);
    }
  }
}

TEST(Schedule, TakesARefusalSoonAfterASuccessBeforeTheRestartForALimit) {
  Schedule schedule({300s}, start);
  schedule.restore({start - 300s, start - 300s, {}, {}, 0}, start);
  EXPECT_EQ(schedule.last_success(), start - 300s);
  schedule.ended(Ending::throttled, {}, middle, start);
  EXPECT_GE(schedule.learned(), 450s);
}

TEST(Schedule, LimitsLoginsBesideThePolls) {  // D15
  Schedule schedule({300s, 600s}, start);
  EXPECT_EQ(schedule.login_allowed(start), start);
  schedule.ended(Ending::success, 900s, 0, start);
  EXPECT_EQ(schedule.login_allowed(start + 1min), start + 900s);
  EXPECT_EQ(schedule.login_allowed(start + 1h), start + 1h);
  const auto before = schedule.begin_beside(start + 14min);
  EXPECT_EQ(due_in(schedule, start), 14min + 900s);
  schedule.withdraw_beside(before);
  EXPECT_EQ(due_in(schedule, start), 900s);
  schedule.ended_beside(Ending::success, {}, 0, start + 14min);
  EXPECT_EQ(due_in(schedule, start), 14min + 900s);
  EXPECT_EQ(schedule.login_allowed(start + 15min), start + 14min + 900s);
}

TEST(Schedule, IsNotPutOffByALoginBesideWithoutALimit) {
  Schedule schedule({300s}, start);
  schedule.ended(Ending::success, {}, middle, start);
  schedule.ended_beside(Ending::success, {}, middle, start + 200s);
  EXPECT_EQ(due_in(schedule, start), 300s);
  EXPECT_EQ(schedule.login_allowed(start + 200s), start + 200s);
}

TEST(Schedule, CountsRefusalsBesideThePolls) {  // D16
  Schedule schedule({300s}, start);
  schedule.ended(Ending::refused, {}, middle, start);
  schedule.ended_beside(Ending::refused, {}, middle, start + 1s);
  EXPECT_TRUE(schedule.stopped());
  EXPECT_FALSE(schedule.due());
  schedule.ended_beside(Ending::success, 900s, 0, start + 2s);
  EXPECT_FALSE(schedule.stopped());
  EXPECT_EQ(schedule.failures(), 0U);
  EXPECT_EQ(due_in(schedule, start), 902s);
}

}  // namespace
}  // namespace postern::engine
