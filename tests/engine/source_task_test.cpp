#include "sync/engine/source_task.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/net/task_group.h"
#include "tests/engine/sync_fixture.h"

namespace postern::engine {
namespace {

using testing::HasSubstr;

/// Conversations with a running task; they end it, and then the loop.
class SourceTaskTest : public SyncTest {
 protected:
  void run(asio::awaitable<void> conversation) { loop.run(with_task(std::move(conversation))); }
  asio::awaitable<void> with_task(asio::awaitable<void> conversation) {
    settings.token_key = folder.path() / "token.key";
    task = std::make_unique<SourceTask>(loop.io.get_executor(), "anna", source, account, settings);
    task->on_status([this] {
      if (bad_luck > 0) {
        --bad_luck;
        throw std::runtime_error("out of luck");
      }
      states.push_back(task->status().state);
    });
    net::TaskGroup group(loop.io.get_executor(), "source");
    group.spawn("source", task->run());
    co_await std::move(conversation);
    group.cancel();
    co_await group.join();
    task.reset();
    loop.io.stop();
  }

  asio::awaitable<void> polls_by_itself();
  asio::awaitable<void> asks_and_waits();
  asio::awaitable<void> asks_while_it_polls();
  asio::awaitable<void> waits_for_the_first_poll();
  asio::awaitable<void> waits_for_the_first_poll_that_began();
  asio::awaitable<void> is_refused();
  asio::awaitable<void> is_refused_in_doubt();
  asio::awaitable<void> is_limited_after_a_success();
  asio::awaitable<void> survives_failures();
  asio::awaitable<void> reloads();
  asio::awaitable<void> polls_beside_another();
  asio::awaitable<void> expunges();
  asio::awaitable<void> expunges_what_shares_an_id();
  asio::awaitable<void> waits_while_it_ends();
  asio::awaitable<void> waits_for_the_command();
  asio::awaitable<void> is_refused_once();
  asio::awaitable<void> does_not_poll();
  asio::awaitable<void> polls_once();
  asio::awaitable<void> is_postponed();
  asio::awaitable<void> asks_and_waits_after_a_restart();
  asio::awaitable<void> is_limited_in_size();
  asio::awaitable<void> tells_first();
  asio::awaitable<void> is_confirmed();

  std::unique_ptr<SourceTask> task;
  SourceSettings settings;
  std::vector<SourceState> states;
  std::filesystem::path password_file;
  std::chrono::seconds least_gap{0};
  int bad_luck = 0;  ///< how often what is called in a poll throws
};

asio::awaitable<void> SourceTaskTest::polls_by_itself() {
  while (task->status().state != SourceState::idle)
    co_await net::pause(std::chrono::milliseconds(1));
  const SourceStatus status = task->status();
  EXPECT_EQ(status.account, "anna");
  EXPECT_EQ(status.source, source.key());
  EXPECT_EQ(status.fetched, 3U);
  EXPECT_EQ(status.listed, 3U);
  EXPECT_EQ(status.progress.messages_done, 3U);
  EXPECT_EQ(status.progress.octets_done, status.progress.octets_total);
  EXPECT_TRUE(status.last_success);
  EXPECT_GT(*status.next_poll, wall_now() + std::chrono::seconds(200));
}

TEST_F(SourceTaskTest, PollsWhenItStarts) {
  fill(3);
  run(polls_by_itself());
  EXPECT_EQ(states.front(), SourceState::polling);
  EXPECT_EQ(states.back(), SourceState::idle);
}

asio::awaitable<void> SourceTaskTest::asks_and_waits() {
  SourceStatus status = co_await task->poll_and_wait();
  EXPECT_EQ(status.state, SourceState::idle);
  EXPECT_EQ(status.fetched, 3U);
  arrive("new");
  status = co_await task->poll_and_wait();
  EXPECT_EQ(status.fetched, 4U);
}

TEST_F(SourceTaskTest, PollsForTheOperatorAtOnce) {
  fill(3);
  run(asks_and_waits());
}

asio::awaitable<void> SourceTaskTest::asks_while_it_polls() {
  while (task->status().state != SourceState::polling)
    co_await net::pause(std::chrono::milliseconds(1));
  const SourceStatus status = co_await task->poll_and_wait();
  EXPECT_TRUE(status.postponed_until);
  EXPECT_EQ(status.fetched, 3U);
  EXPECT_EQ(server->sessions, 1U);
}

TEST_F(SourceTaskTest, NobodyWaitsForThePollAfterThisOneWhenItIsFar) {  // D15
  source.shortest_poll = std::chrono::minutes(5);
  fill(3);
  run(asks_while_it_polls());
}

asio::awaitable<void> SourceTaskTest::waits_for_the_first_poll() {
  using Awaited = SourceTask::Awaited;
  for (int i = 0; i < 2; ++i) {
    const SourceStatus status = co_await task->poll_and_wait(PollWish::none, Awaited::first);
    EXPECT_EQ(status.state, SourceState::idle);
    EXPECT_EQ(status.fetched, 3U);
  }
  EXPECT_EQ(server->sessions, 1U);
}

asio::awaitable<void> SourceTaskTest::waits_for_the_first_poll_that_began() {
  while (task->status().state != SourceState::polling)
    co_await net::pause(std::chrono::milliseconds(1));
  co_await waits_for_the_first_poll();
}

TEST_F(SourceTaskTest, TheFirstPollIsOneLogin) {
  fill(3);
  run(waits_for_the_first_poll());
  start_over();
  fill(3);
  run(waits_for_the_first_poll_that_began());
}

asio::awaitable<void> SourceTaskTest::is_refused() {
  SourceStatus status = co_await task->poll_and_wait();
  EXPECT_EQ(status.state, SourceState::wrong_password);
  EXPECT_GE(status.failures, 1U);
  EXPECT_TRUE(status.next_poll);
  EXPECT_THAT(status.detail, testing::Not(HasSubstr("secret")));
  const std::size_t sessions = server->sessions;
  task->poll_now(PollReason::client);  // not while it pauses
  co_await net::pause(std::chrono::milliseconds(20));
  EXPECT_EQ(server->sessions, sessions);
  calm();
  status = co_await task->poll_and_wait();
  EXPECT_EQ(status.state, SourceState::idle);
  EXPECT_EQ(status.failures, 0U);
}

TEST_F(SourceTaskTest, PausesAfterARefusalUntilTheOperatorAsks) {  // D16
  server->quirks.instead["PASS"] = "-ERR [AUTH] no\r\n";
  fill(1);
  run(is_refused());
}

/// Polls as often as an impatient operator asks; the task must always have a next time of its own.
asio::awaitable<void> SourceTaskTest::is_refused_in_doubt() {
  SourceStatus status;
  for (int tries = 0; tries < 4; ++tries) {
    status = co_await task->poll_and_wait();
    EXPECT_TRUE(status.next_poll) << status.detail;
    EXPECT_EQ(status.state, SourceState::throttled) << status.detail;
  }
}

TEST_F(SourceTaskTest, IsNotStoppedByADoubtfulRefusal) {  // D15, D16
  server->quirks.instead["PASS"] = "-ERR login failed: too many logins, try again later\r\n";
  run(is_refused_in_doubt());
}

asio::awaitable<void> SourceTaskTest::is_limited_after_a_success() {
  SourceStatus status = co_await task->poll_and_wait();
  EXPECT_EQ(status.state, SourceState::idle);
  server->quirks.instead["PASS"] = "-ERR [AUTH] wrong password\r\n";
  status = co_await task->poll_and_wait();
  EXPECT_EQ(status.state, SourceState::throttled);
  EXPECT_TRUE(status.next_poll);
  EXPECT_EQ(status.least.source, Schedule::Least::Source::learned);
  // Within what was learned not even the operator's poll begins, and nobody waits for it.
  const std::size_t sessions = server->sessions;
  calm();
  status = co_await task->poll_and_wait();
  EXPECT_TRUE(status.postponed_until);
  EXPECT_EQ(server->sessions, sessions);
}

TEST_F(SourceTaskTest, TakesARefusalSoonAfterASuccessForALimit) {
  fill(1);
  run(is_limited_after_a_success());
}

asio::awaitable<void> SourceTaskTest::survives_failures() {
  while (task->status().failures == 0) co_await net::pause(std::chrono::milliseconds(1));
  SourceStatus status = task->status();
  EXPECT_THAT(status.detail, HasSubstr("out of luck"));
  EXPECT_EQ(status.failures, 1U);
  EXPECT_TRUE(status.next_poll);
  calm();
  status = co_await task->poll_and_wait();
  EXPECT_EQ(status.state, SourceState::idle);
  EXPECT_EQ(status.fetched, 2U);
}

TEST_F(SourceTaskTest, SurvivesAnExceptionInAPoll) {
  fill(2);
  bad_luck = 1;
  run(survives_failures());
}

asio::awaitable<void> SourceTaskTest::reloads() {
  SourceStatus status = co_await task->poll_and_wait();
  EXPECT_EQ(status.state, SourceState::wrong_password);
  const std::size_t sessions = server->sessions;
  task->poll_now(PollReason::reload);
  co_await net::pause(std::chrono::milliseconds(50));
  EXPECT_EQ(server->sessions, sessions);
  std::ofstream(password_file) << "another\n";
  calm();
  task->poll_now(PollReason::reload);
  while (task->status().state != SourceState::idle)
    co_await net::pause(std::chrono::milliseconds(1));
}

TEST_F(SourceTaskTest, TriesAgainAfterAReloadOnlyWithAnotherPassword) {  // D16
  password_file = folder.path() / "password";
  std::ofstream(password_file) << "wrong\n";
  std::filesystem::permissions(
      password_file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  source.password.from = config::SecretSource::File{password_file};
  server->quirks.instead["PASS"] = "-ERR [AUTH] no\r\n";
  run(reloads());
}

asio::awaitable<void> SourceTaskTest::polls_beside_another() {
  SourceTask other(loop.io.get_executor(), "bert", source, account);
  net::TaskGroup group(loop.io.get_executor(), "source");
  group.spawn("other", other.run());
  for (int polls = 0; polls < 3; ++polls) {
    other.poll_now(PollReason::operator_request);
    (void)co_await task->poll_and_wait();
  }
  while (other.status().state != SourceState::idle)
    co_await net::pause(std::chrono::milliseconds(1));
  group.cancel();
  co_await group.join();
}

TEST_F(SourceTaskTest, NeverPollsAMaildropThatAnotherSourcePolls) {  // D23
  fill(20);
  std::size_t logged_in = 0;
  server->on_command = [&](const std::string& command) {
    if (command.starts_with("USER ")) {
      EXPECT_EQ(++logged_in, 1U);
    }
    if (command == "QUIT") --logged_in;
  };
  run(polls_beside_another());
  EXPECT_GE(server->sessions, 4U);
}

asio::awaitable<void> SourceTaskTest::expunges() {
  (void)co_await task->poll_and_wait();
  expunge(2);
  task->store_changed();
  while (server->count("DELE") == 0) co_await net::pause(std::chrono::milliseconds(10));
  while (task->status().state != SourceState::idle)
    co_await net::pause(std::chrono::milliseconds(1));
  EXPECT_EQ(upstream(), stored());
}

TEST_F(SourceTaskTest, DeletesWithinSecondsWhatWasExpunged) {
  source.keep_on_server = {config::KeepOnServer::Rule::until_deleted, {}};
  fill(3);
  const SteadyTime begin = std::chrono::steady_clock::now();
  run(expunges());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(15));
}

asio::awaitable<void> SourceTaskTest::expunges_what_shares_an_id() {
  (void)co_await task->poll_and_wait();
  expunge(1);
  (void)co_await task->poll_and_wait();  // finds that it cannot be told from the other
  const std::size_t before = server->sessions;
  task->store_changed();
  // By now it has looked.
  co_await net::pause(std::chrono::milliseconds(2500));
  EXPECT_EQ(server->sessions, before);
  EXPECT_EQ(server->count("DELE"), 0U);
}

TEST_F(SourceTaskTest, DoesNotLogInForWhatCannotBeDeleted) {  // D5
  source.keep_on_server = {config::KeepOnServer::Rule::until_deleted, {}};
  for (const char* uidl : {"same", "same", "other"}) arrive(uidl);
  run(expunges_what_shares_an_id());
}

asio::awaitable<void> SourceTaskTest::waits_while_it_ends() {
  while (server->count("RETR") == 0) co_await net::pause(std::chrono::milliseconds(1));
}

TEST_F(SourceTaskTest, CanBeCancelledDuringAPoll) {
  fill(500);
  server->quirks.instead["RETR 200"] = "+OK\r\nno end";
  run(waits_while_it_ends());
  EXPECT_EQ(server->quits, 0U);
}

asio::awaitable<void> SourceTaskTest::waits_for_the_command() {
  while (!std::filesystem::exists(password_file)) co_await net::pause(std::chrono::milliseconds(1));
}

TEST_F(SourceTaskTest, EndsAPasswordCommandThatHangsWhenItIsStopped) {
  password_file = folder.path() / "begun";
  source.password.from =
      config::SecretSource::Command{"touch " + password_file.string() + "; exec sleep 1000"};
  const SteadyTime begun = std::chrono::steady_clock::now();
  run(waits_for_the_command());
  // Otherwise it ends when such a command's time is over.
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(15));
  EXPECT_EQ(server->sessions, 0U);
}

/// By itself, when it starts.
asio::awaitable<void> SourceTaskTest::is_refused_once() {
  const std::size_t before = server->count("PASS");
  while (server->count("PASS") == before || task->status().state == SourceState::polling)
    co_await net::pause(std::chrono::milliseconds(1));
  EXPECT_EQ(task->status().state, SourceState::wrong_password);
}

asio::awaitable<void> SourceTaskTest::asks_and_waits_after_a_restart() {
  const SourceStatus status = co_await task->poll_and_wait();
  EXPECT_EQ(status.state, SourceState::idle);
}

asio::awaitable<void> SourceTaskTest::does_not_poll() {
  while (task->status().state != SourceState::wrong_password)
    co_await net::pause(std::chrono::milliseconds(1));
  task->poll_now(PollReason::client);
  task->poll_now(PollReason::surroundings);
  co_await net::pause(std::chrono::milliseconds(50));
  EXPECT_FALSE(task->status().next_poll);
  EXPECT_THAT(task->status().detail, HasSubstr("postern sync"));
}

asio::awaitable<void> SourceTaskTest::polls_once() {
  while (task->status().state != SourceState::idle)
    co_await net::pause(std::chrono::milliseconds(1));
}

/// Two refusals stop the source, until the password is another one or the operator asks; switching
/// the machine off and on is neither.
TEST_F(SourceTaskTest, StaysStoppedOverARestart) {  // D16
  server->quirks.instead["PASS"] = "-ERR [AUTH] no\r\n";
  fill(1);
  for (int restarts = 0; restarts < 2; ++restarts) run(is_refused_once());
  for (int restarts = 0; restarts < 2; ++restarts) run(does_not_poll());
  EXPECT_EQ(server->count("PASS"), 2U);
  calm();
  source.password.from = config::SecretSource::Plain{Secret("another")};
  run(polls_once());
  EXPECT_EQ(server->count("PASS"), 3U);
  source.password.from = config::SecretSource::Plain{Secret("secret")};
  run(polls_once());
}

TEST_F(SourceTaskTest, TriesAStoppedLoginForTheOperatorAfterARestart) {  // D16
  server->quirks.instead["PASS"] = "-ERR [AUTH] no\r\n";
  fill(1);
  for (int restarts = 0; restarts < 2; ++restarts) run(is_refused_once());
  calm();
  run(asks_and_waits_after_a_restart());
}

TEST_F(SourceTaskTest, KeepsNoRefusedPasswordInTheClear) {  // G3
  server->quirks.instead["PASS"] = "-ERR [AUTH] no\r\n";
  const std::string password = "wrong horse battery staple";
  source.password.from = config::SecretSource::Plain{Secret(password)};
  for (int restarts = 0; restarts < 2; ++restarts) run(is_refused_once());
  account.reset();
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder.path())) {
    if (!file.is_regular_file()) continue;
    std::ostringstream octets;
    octets << std::ifstream(file.path(), std::ios::binary).rdbuf();
    EXPECT_THAT(octets.str(), testing::Not(HasSubstr(password))) << file.path();
  }
}

asio::awaitable<void> SourceTaskTest::is_postponed() {
  const std::size_t sessions = server->sessions;
  const SourceStatus status = co_await task->poll_and_wait();
  EXPECT_TRUE(status.postponed_until);
  EXPECT_EQ(status.least.gap, least_gap);
  EXPECT_EQ(server->sessions, sessions);
}

TEST_F(SourceTaskTest, KeepsTheServersLoginDelayOverARestart) {  // D15
  server->quirks.instead["CAPA"] = "+OK\r\nUSER\r\nUIDL\r\nLOGIN-DELAY 900\r\n.\r\n";
  least_gap = std::chrono::seconds(900);
  fill(1);
  run(polls_once());
  for (int restarts = 0; restarts < 2; ++restarts) run(is_postponed());
}

TEST_F(SourceTaskTest, KeepsTheProvidersMinimumOverARestart) {
  source.shortest_poll = std::chrono::minutes(10);
  least_gap = source.shortest_poll;
  fill(1);
  run(polls_once());
  run(is_postponed());
}

/// Killed in the middle of a poll: the server has counted that login.
TEST_F(SourceTaskTest, RemembersALoginThatDidNotEnd) {
  source.shortest_poll = std::chrono::minutes(10);
  least_gap = source.shortest_poll;
  fill(500);
  server->quirks.instead["RETR 200"] = "+OK\r\nno end";
  run(waits_while_it_ends());
  run(is_postponed());
}

asio::awaitable<void> SourceTaskTest::is_limited_in_size() {
  const SourceStatus status = co_await task->poll_and_wait();
  EXPECT_EQ(status.state, SourceState::idle) << status.detail;
}

TEST_F(SourceTaskTest, ObeysTheLimitOfMessages) {  // R15
  settings.message_limit = 10'000;
  fill(1);
  server->maildrop.push_back({"large", store::message("large", std::string(20'000, 'x') + "\r\n")});
  run(is_limited_in_size());
  EXPECT_THAT(stored(), testing::SizeIs(2));
  EXPECT_THAT(stored(), testing::Contains(HasSubstr("[too large] large")));
}

/// A dry run, and then the same in earnest.
asio::awaitable<void> SourceTaskTest::tells_first() {
  SourceStatus status = co_await task->poll_and_wait(PollWish::dry_run);
  EXPECT_EQ(status.state, SourceState::idle) << status.detail;
  const auto preview = task->preview();
  EXPECT_TRUE(preview);
  EXPECT_EQ(preview ? preview->items.size() : 0, 3U);
  EXPECT_EQ(status.fetched, 0U);
  EXPECT_EQ(server->count("RETR"), 0U);
  status = co_await task->poll_and_wait();
  EXPECT_EQ(status.fetched, 3U);
  EXPECT_FALSE(task->preview());
}

TEST_F(SourceTaskTest, BeginsWithADryRunWhereThatIsAskedFor) {
  settings.first = PollWish::dry_run;
  fill(3);
  run(tells_first());
}

asio::awaitable<void> SourceTaskTest::is_confirmed() {
  (void)co_await task->poll_and_wait();
  server->maildrop.resize(5);
  SourceStatus status;
  for (int i = 0; i < 4; ++i) status = co_await task->poll_and_wait();
  EXPECT_EQ(status.unconfirmed, 4U);
  EXPECT_THAT(status.detail, HasSubstr("4 messages are gone upstream; waiting for confirmation: "
                                       "postern sync --confirm-removals anna"));
  status = co_await task->poll_and_wait(PollWish::confirm_removals);
  EXPECT_EQ(status.unconfirmed, 0U);
  EXPECT_EQ(status.trashed, 4U);
  EXPECT_THAT(status.detail, testing::Not(HasSubstr("--confirm-removals")));
}

TEST_F(SourceTaskTest, WaitsForAWordBeforeItMovesManyToTheTrash) {
  source.gone_upstream = config::GoneUpstream::trash;
  source.gone_upstream_after = std::chrono::seconds(0);
  fill(9);
  run(is_confirmed());
  EXPECT_EQ(mailbox("Trash")->latest()->size(), 4U);
}

}  // namespace
}  // namespace postern::engine
