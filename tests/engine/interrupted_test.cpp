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
using Quirks = test::HostilePop3::Quirks;

class Interrupted;

/// A source in the middle of its life, and what is to come of it.
struct Scenario {
  const char* name;
  KeepOnServer::Rule keep;
  std::size_t before;    ///< messages that are stored when the interrupted poll begins
  std::size_t arriving;  ///< that arrive then
  std::size_t expunged;  ///< of those before
  std::size_t left_upstream;
  /// What else happens before the interrupted poll, after the expunge and before the arrival.
  void (*then)(Interrupted& test) = nullptr;
  /// How the server is from beginning to end, and how it is while the interrupted poll runs.
  void (*server)(Quirks& quirks) = nullptr;
  void (*meanwhile)(Quirks& quirks) = nullptr;
  std::size_t in_trash = 0;
};

void without_ids(Quirks& quirks) {
  quirks.instead["UIDL"] = "-ERR what\r\n";
}
void without_headers(Quirks& quirks) {
  quirks.instead["TOP"] = "-ERR what\r\n";
}

class Interrupted : public SyncTest, public testing::WithParamInterface<Scenario> {
 public:
  void other_ids() {
    for (auto& message : server->maildrop) message.uidl += "x";
  }
  /// The first message goes, and one of another size gets its id.
  void reuse_an_id() {
    const std::string uidl = server->maildrop[0].uidl;
    server->maildrop.erase(server->maildrop.begin());
    arrive_as_mail(uidl, "Another text.\r\n");
    expected.push_back(server->maildrop.back().octets);
  }
  /// The next poll is the third that lacks the last message.
  void vanish() {
    source.gone_upstream = config::GoneUpstream::trash;
    std::erase(expected, server->maildrop.back().octets);
    server->maildrop.pop_back();
    for (int i = 0; i < 2; ++i) ASSERT_FALSE(poll().trouble);
  }
  void move_to_another_host() { source.username = "anna@example.org"; }
  void large_one_arrives() {
    message_limit = 10'000;
    arrive_as_mail("large", std::string(20'000, 'x') + "\r\n");
    expected.emplace_back(placeholder);
  }

 protected:
  static constexpr const char* placeholder = "placeholder";

  void be_good() {
    calm();
    if (GetParam().server != nullptr) GetParam().server(server->quirks);
  }
  /// Up to where the interruption comes.
  void prepare() {
    start_over();
    source.username = "anna";
    source.gone_upstream = config::GoneUpstream::keep;
    source.gone_upstream_after = std::chrono::seconds(0);
    message_limit = config::LimitSettings().message;
    const Scenario& scenario = GetParam();
    be_good();
    source.keep_on_server = {scenario.keep, {}};
    for (std::size_t i = 0; i < scenario.before; ++i) arrive_as_mail("before-" + std::to_string(i));
    ASSERT_FALSE(poll().trouble);
    if (scenario.before == 0) {
      start_over();
      be_good();
    }
    for (std::uint32_t uid = 1; uid <= scenario.expunged; ++uid) expunge(uid);
    expected = stored();
    if (scenario.then != nullptr) scenario.then(*this);
    for (std::size_t i = 0; i < scenario.arriving; ++i) {
      arrive_as_mail("new-" + std::to_string(i));
      expected.push_back(server->maildrop.back().octets);
    }
    std::ranges::sort(expected);
    if (scenario.meanwhile != nullptr) scenario.meanwhile(server->quirks);
  }
  [[nodiscard]] std::vector<std::string> delivered() const {
    std::vector<std::string> bodies = stored();
    for (std::string& body : bodies)
      if (body.find("[too large]") != std::string::npos) body = placeholder;
    std::ranges::sort(bodies);
    return bodies;
  }
  /// Faults are gone: two polls agree with the policy, and a third changes nothing.
  void resume_and_check(const std::string& where) {
    be_good();
    restart();
    for (int i = 0; i < 3; ++i) {
      const PollResult result = poll();
      ASSERT_FALSE(result.trouble) << where << ": " << result.trouble->detail;
    }
    EXPECT_EQ(delivered(), expected) << where;
    EXPECT_EQ(server->maildrop.size(), GetParam().left_upstream) << where;
    EXPECT_EQ(mailbox("Trash")->latest()->size(), GetParam().in_trash) << where;
    const std::size_t retrieved = server->count("RETR");
    const std::size_t deleted = server->count("DELE");
    const std::size_t known = origins().size();
    ASSERT_FALSE(poll().trouble) << where;
    EXPECT_EQ(origins().size(), known) << where;
    EXPECT_EQ(server->count("DELE"), deleted) << where;
    // Without ids and headers, the last message is looked at each time.
    if (GetParam().server == nullptr) {
      EXPECT_EQ(server->count("RETR"), retrieved) << where;
    }
  }

  std::vector<std::string> expected;
};

const Scenario scenarios[] = {
    {"first sync", KeepOnServer::Rule::forever, 0, 5, 0, 5},
    {"some are new", KeepOnServer::Rule::forever, 3, 3, 0, 6},
    {"first sync, never kept", KeepOnServer::Rule::never, 0, 5, 0, 0},
    {"some are new, never kept", KeepOnServer::Rule::never, 3, 3, 0, 0},
    {"some are deleted and some new", KeepOnServer::Rule::until_deleted, 4, 2, 2, 4},
    {.name = "all ids changed",
     .keep = KeepOnServer::Rule::until_deleted,
     .before = 4,
     .arriving = 1,
     .expunged = 1,
     .left_upstream = 4,
     .then = [](Interrupted& test) { test.other_ids(); }},
    {.name = "all ids changed, no TOP",
     .keep = KeepOnServer::Rule::until_deleted,
     .before = 4,
     .arriving = 1,
     .expunged = 1,
     .left_upstream = 4,
     .then = [](Interrupted& test) { test.other_ids(); },
     .server = without_headers},
    {.name = "no UIDL",
     .keep = KeepOnServer::Rule::forever,
     .before = 3,
     .arriving = 2,
     .expunged = 1,
     .left_upstream = 5,
     .server = without_ids},
    {.name = "no UIDL, no TOP",
     .keep = KeepOnServer::Rule::forever,
     .before = 3,
     .arriving = 2,
     .expunged = 1,
     .left_upstream = 5,
     .server =
         [](Quirks& quirks) {
           without_ids(quirks);
           without_headers(quirks);
         }},
    {.name = "an id is used again",
     .keep = KeepOnServer::Rule::until_deleted,
     .before = 3,
     .arriving = 1,
     .expunged = 0,
     .left_upstream = 4,
     .then = [](Interrupted& test) { test.reuse_an_id(); }},
    {.name = "one is too large",
     .keep = KeepOnServer::Rule::never,
     .before = 2,
     .arriving = 1,
     .expunged = 0,
     .left_upstream = 1,
     .then = [](Interrupted& test) { test.large_one_arrives(); }},
    {.name = "one fails",
     .keep = KeepOnServer::Rule::never,
     .before = 2,
     .arriving = 2,
     .expunged = 0,
     .left_upstream = 0,
     .meanwhile = [](Quirks& quirks) { quirks.instead["RETR 3"] = ""; }},
    {.name = "one is gone and moves to the Trash",
     .keep = KeepOnServer::Rule::until_deleted,
     .before = 11,
     .arriving = 1,
     .expunged = 1,
     .left_upstream = 10,
     .then = [](Interrupted& test) { test.vanish(); },
     .in_trash = 1},
    {.name = "another host",
     .keep = KeepOnServer::Rule::until_deleted,
     .before = 4,
     .arriving = 1,
     .expunged = 1,
     .left_upstream = 4,
     .then = [](Interrupted& test) { test.move_to_another_host(); }},
    {.name = "another host and other ids",
     .keep = KeepOnServer::Rule::until_deleted,
     .before = 4,
     .arriving = 1,
     .expunged = 1,
     .left_upstream = 4,
     .then =
         [](Interrupted& test) {
           test.move_to_another_host();
           test.other_ids();
         }},
};

TEST_P(Interrupted, NotAtAll) {
  prepare();
  EXPECT_EQ(poll().trouble.has_value(), GetParam().meanwhile != nullptr);
  resume_and_check("not interrupted");
}

TEST_P(Interrupted, AtEachLineOfTheServer) {  // D4, D18, D26
  prepare();
  (void)poll();
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
    const std::size_t sessions = server->sessions;
    const PollResult result = poll(failing);
    const bool failed = failing->writes > good_writes;
    if (failed) {
      ASSERT_TRUE(result.trouble);
      EXPECT_EQ(result.trouble->state, SourceState::store_failure);
      EXPECT_EQ(server->quits - quits, server->sessions - sessions - 1)
          << "QUIT after a failed commit, " << good_writes;
    }
    failing.reset();
    resume_and_check("commit " + std::to_string(good_writes));
    if (HasFatalFailure() || !failed) {
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
