// Logins beside the polls that somebody asks a running source for, and what a source learns of the
// others when the configuration is read again.

#include <string>

#include "sync/engine/source_task.h"
#include "sync/net/task_group.h"
#include "tests/engine/sync_fixture.h"

namespace postern::engine {
namespace {

using Answer = LoginLoan::Answer;
using Ending = Schedule::Ending;

class LendTest : public SyncTest {
 protected:
  void run(asio::awaitable<void> conversation) { loop.run(with_task(std::move(conversation))); }
  asio::awaitable<void> with_task(asio::awaitable<void> conversation) {
    settings.token_key = folder.path() / "token.key";
    task = std::make_unique<SourceTask>(loop.io.get_executor(), "anna", source, account, settings);
    net::TaskGroup group(loop.io.get_executor(), "source");
    group.spawn("source", task->run());
    co_await std::move(conversation);
    group.cancel();
    co_await group.join();
    task.reset();
    loop.io.stop();
  }
  asio::awaitable<void> until(SourceState state) {
    while (task->status().state != state) co_await net::pause(std::chrono::milliseconds(1));
  }
  asio::awaitable<void> polls(std::uint64_t messages) {
    while (task->status().fetched < messages) co_await net::pause(std::chrono::milliseconds(1));
  }

  asio::awaitable<void> holds_polls_up();
  asio::awaitable<void> asks_during_a_poll();
  asio::awaitable<void> asks_too_soon();
  asio::awaitable<void> asks_for_no_token();
  asio::awaitable<void> takes_it_back();
  asio::awaitable<void> is_refused(std::size_t times);
  asio::awaitable<void> asks_for_a_refused_password();
  asio::awaitable<void> tells_how_it_ended();
  asio::awaitable<void> hears_of_another_source();

  std::unique_ptr<SourceTask> task;
  SourceSettings settings;
};

asio::awaitable<void> LendTest::holds_polls_up() {
  co_await until(SourceState::idle);
  {
    const LoginLoan loan = co_await task->lend();
    EXPECT_EQ(loan.answer, Answer::granted);
    EXPECT_TRUE(loan.history.last_success);
    arrive("late");
    task->poll_now(PollReason::operator_request);
    co_await net::pause(std::chrono::milliseconds(30));
    EXPECT_EQ(server->sessions, 1U);
  }
  co_await polls(2);
  EXPECT_EQ(server->sessions, 2U);
}

TEST_F(LendTest, NoPollBeginsBeforeALoanIsOver) {
  fill(1);
  run(holds_polls_up());
}

asio::awaitable<void> LendTest::asks_during_a_poll() {
  co_await until(SourceState::polling);
  const LoginLoan loan = co_await task->lend();
  EXPECT_EQ(loan.answer, Answer::polling);
  EXPECT_FALSE(loan.turn);
}

TEST_F(LendTest, NothingIsLentDuringAPoll) {
  fill(3);
  server->quirks.instead["RETR 2"] = "+OK\r\nno end";
  run(asks_during_a_poll());
}

asio::awaitable<void> LendTest::asks_too_soon() {
  co_await until(SourceState::idle);
  const LoginLoan loan = co_await task->lend();
  EXPECT_EQ(loan.answer, Answer::too_soon);
  EXPECT_EQ(loan.least.gap, std::chrono::minutes(10));
  EXPECT_EQ(loan.least.source, Schedule::Least::Source::preset);
  EXPECT_TRUE(loan.not_before && *loan.not_before > wall_now() + std::chrono::minutes(9));
}

TEST_F(LendTest, TheProvidersMinimumHoldsForLoansToo) {  // D15
  source.shortest_poll = std::chrono::minutes(10);
  fill(1);
  run(asks_too_soon());
}

asio::awaitable<void> LendTest::asks_for_no_token() {
  const LoginLoan loan = co_await task->lend_token();
  EXPECT_EQ(loan.answer, Answer::unknown_source);
}

TEST_F(LendTest, ASourceWithAPasswordHasNoToken) {
  fill(1);
  run(asks_for_no_token());
}

/// Of a source that is not polled, as doctor asks for it: the first poll would be due at once.
asio::awaitable<void> LendTest::takes_it_back() {
  SourceTask alone(loop.io.get_executor(), "anna", source, account, settings);
  co_await alone.recall();
  const auto is_due = [&alone] {
    const auto next = alone.status().next_poll;
    return next && *next < wall_now() + std::chrono::minutes(1);
  };
  LoginLoan loan = co_await alone.lend();
  EXPECT_EQ(loan.answer, Answer::granted);
  EXPECT_FALSE(is_due());
  co_await alone.give_back(std::move(loan), std::nullopt);
  EXPECT_TRUE(is_due());
  loop.io.stop();
}

TEST_F(LendTest, ALoanThatWasNotUsedCountsForNothing) {
  source.shortest_poll = std::chrono::minutes(10);
  loop.run(takes_it_back());
  const auto kept = store::read(
      *account, [key = source.key()](store::Reader& reader) { return reader.login_record(key); });
  EXPECT_TRUE(!kept || kept->last == WallTime());
}

asio::awaitable<void> LendTest::is_refused(std::size_t times) {
  while (server->count("PASS") < times || task->status().state == SourceState::polling)
    co_await net::pause(std::chrono::milliseconds(1));
}

asio::awaitable<void> LendTest::asks_for_a_refused_password() {
  co_await is_refused(2);
  LoginLoan loan = co_await task->lend();
  EXPECT_EQ(loan.answer, Answer::refused_before);
  EXPECT_EQ(server->count("PASS"), 2U);
}

TEST_F(LendTest, NothingIsLentForAPasswordThatWasRefusedTwice) {  // D16
  fill(1);
  server->quirks.instead["PASS"] = "-ERR [AUTH] no\r\n";
  run(is_refused(1));
  run(asks_for_a_refused_password());
}

asio::awaitable<void> LendTest::tells_how_it_ended() {
  co_await until(SourceState::idle);
  LoginLoan loan = co_await task->lend();
  co_await task->give_back(std::move(loan), LoginEnd{Ending::refused, std::chrono::seconds(900)});
  EXPECT_EQ(task->status().failures, 1U);
  EXPECT_EQ(task->status().least.gap, std::chrono::seconds(900));
  const LoginLoan again = co_await task->lend();
  EXPECT_EQ(again.answer, Answer::too_soon);
}

TEST_F(LendTest, WhatALoanTaughtHoldsForThePolls) {
  fill(1);
  run(tells_how_it_ended());
  const auto kept = store::read(
      *account, [key = source.key()](store::Reader& reader) { return reader.login_record(key); });
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->refusals, 1U);
  EXPECT_EQ(kept->announced, std::chrono::seconds(900));
}

/// A reload before the first poll.
asio::awaitable<void> LendTest::hears_of_another_source() {
  task->set_configured(configured);
  co_await until(SourceState::idle);
}

TEST_F(LendTest, ASourceThatIsConfiguredAgainIsNoFormerOne) {
  for (const bool again : {false, true}) {
    SCOPED_TRACE(again);
    start_over();
    for (int i = 0; i < 3; ++i) arrive_as_mail("uidl-" + std::to_string(i));
    source.username = "anna";
    (void)poll();
    const std::string former = source.key();
    source.username = "anna@example.net";
    settings.configured = {source.key()};
    configured = {source.key()};
    if (again) configured.push_back(former);
    run(hears_of_another_source());
    EXPECT_EQ(stored().size(), again ? 6U : 3U);
  }
}

}  // namespace
}  // namespace postern::engine
