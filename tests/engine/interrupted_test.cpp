// Every scenario is run, run again, then interrupted at each of the server's lines and at each
// commit, and resumed: each message exactly once, nothing deleted that is not stored (the fixture
// asserts that at each DELE and QUIT).

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/sync_fixture.h"

namespace postern::engine {
namespace {

using config::KeepOnServer;

/// A source in the middle of its life, and what is to come of it.
struct Scenario {
  const char* name;
  KeepOnServer::Rule keep;
  std::size_t before;    ///< messages that are stored when the interrupted poll begins
  std::size_t arriving;  ///< that arrive then
  std::size_t expunged;  ///< of those before
  std::size_t left_upstream;
};

const Scenario scenarios[] = {
    {"first sync", KeepOnServer::Rule::forever, 0, 5, 0, 5},
    {"some are new", KeepOnServer::Rule::forever, 3, 3, 0, 6},
    {"first sync, never kept", KeepOnServer::Rule::never, 0, 5, 0, 0},
    {"some are new, never kept", KeepOnServer::Rule::never, 3, 3, 0, 0},
    {"some are deleted and some new", KeepOnServer::Rule::until_deleted, 4, 2, 2, 4},
};

class Interrupted : public SyncTest, public testing::WithParamInterface<Scenario> {
 protected:
  /// Up to where the interruption comes.
  void prepare() {
    start_over();
    const Scenario& scenario = GetParam();
    source.keep_on_server = {scenario.keep, {}};
    for (std::size_t i = 0; i < scenario.before; ++i) arrive("before-" + std::to_string(i));
    ASSERT_FALSE(poll().trouble);
    if (scenario.before == 0) start_over();
    expected = stored();
    for (std::uint32_t uid = 1; uid <= scenario.expunged; ++uid) expunge(uid);
    if (scenario.expunged != 0) expected = stored();
    for (std::size_t i = 0; i < scenario.arriving; ++i) {
      arrive("new-" + std::to_string(i));
      expected.push_back(server->maildrop.back().octets);
    }
    std::ranges::sort(expected);
  }
  /// Faults are gone: two polls agree with the policy, and a third changes nothing.
  void resume_and_check(const std::string& where) {
    calm();
    memory = {};
    for (int i = 0; i < 3; ++i) {
      const PollResult result = poll();
      ASSERT_FALSE(result.trouble) << where << ": " << result.trouble->detail;
    }
    EXPECT_EQ(stored(), expected) << where;
    EXPECT_EQ(server->maildrop.size(), GetParam().left_upstream) << where;
    const std::size_t retrieved = server->count("RETR");
    const std::size_t deleted = server->count("DELE");
    ASSERT_FALSE(poll().trouble) << where;
    EXPECT_EQ(server->count("RETR"), retrieved) << where;
    EXPECT_EQ(server->count("DELE"), deleted) << where;
  }

  std::vector<std::string> expected;
};

TEST_P(Interrupted, NotAtAll) {
  prepare();
  ASSERT_FALSE(poll().trouble);
  resume_and_check("not interrupted");
}

TEST_P(Interrupted, AtEachLineOfTheServer) {  // D4, D18, D26
  prepare();
  ASSERT_FALSE(poll().trouble);
  stop_server_sessions();
  const std::size_t lines = server->lines_sent;
  ASSERT_GT(lines, 20U);
  for (std::size_t line = 0; line <= lines; ++line) {
    prepare();
    server->quirks.cut_at_line = line;
    (void)poll();
    resume_and_check("line " + std::to_string(line));
    if (HasFatalFailure()) return;
  }
}

TEST_P(Interrupted, AtEachCommit) {  // R2, J2
  for (std::size_t good_writes = 0;; ++good_writes) {
    prepare();
    auto failing = std::make_shared<FailingAccount>(account, good_writes);
    const std::size_t quits = server->quits;
    const PollResult result = poll(failing);
    if (result.trouble) {
      EXPECT_EQ(result.trouble->state, SourceState::store_failure);
      EXPECT_EQ(server->quits, quits) << "QUIT after a failed commit, " << good_writes;
    }
    resume_and_check("commit " + std::to_string(good_writes));
    if (HasFatalFailure() || !result.trouble) {
      ASSERT_GT(good_writes, 0U);
      return;
    }
  }
}

TEST_P(Interrupted, AtTheAnswerToQuit) {  // D18
  using Quit = test::HostilePop3::Quit;
  for (const Quit quit : {Quit::lost_before, Quit::lost_after, Quit::refused}) {
    prepare();
    server->quirks.quit = quit;
    (void)poll();
    (void)poll();
    resume_and_check("quit " + std::to_string(static_cast<int>(quit)));
  }
}

TEST_P(Interrupted, ByRefusedDeletions) {  // D17
  prepare();
  server->quirks.refuse_dele = {1, 2};
  (void)poll();
  (void)poll();
  resume_and_check("DELE refused");
}

INSTANTIATE_TEST_SUITE_P(Sync, Interrupted, testing::ValuesIn(scenarios), [](const auto& instance) {
  std::string name = instance.param.name;
  std::erase_if(name, [](char c) { return c == ' ' || c == ','; });
  return name;
});

}  // namespace
}  // namespace postern::engine
