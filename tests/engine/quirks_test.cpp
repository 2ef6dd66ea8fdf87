// Servers with quirks, by name (tests/checks.md, section D). Each is polled, polled again, then
// crashed at commits and resumed, keeping and deleting, and then behaves: nothing is lost, nothing
// comes twice, and nothing is deleted before it is stored (the fixture asserts that at each DELE
// and QUIT).

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/quirks.h"
#include "tests/engine/sync_fixture.h"

namespace postern::engine {
namespace {

using config::KeepOnServer;
using Messages = Quirk::Messages;

struct Case {
  Quirk quirk;
  KeepOnServer::Rule keep;
};

class QuirkTest : public SyncTest, public testing::WithParamInterface<Case> {
 protected:
  void prepare() {
    source.keep_on_server = {GetParam().keep, {}};
    message_limit = 1 << 20;
    ever_.clear();
    fill(3);
    GetParam().quirk.set(*server);
    see(server->maildrop);
  }
  void poll_quirk(std::shared_ptr<store::Account> on = nullptr) {
    // Nothing that takes so long is a success here.
    patience = std::chrono::milliseconds(50);
    (void)poll(std::move(on));
    see(server->at_login);
  }
  /// The server behaves; two polls agree with the policy.
  void behave() {
    calm();
    patience = std::chrono::seconds(5);
    memory = {};
    for (int i = 0; i < 3; ++i) {
      const PollResult result = poll();
      EXPECT_FALSE(result.trouble) << result.trouble->detail;
      see(server->at_login);
    }
  }
  void check() {
    const Quirk& quirk = GetParam().quirk;
    std::vector<std::string> here = stored();
    std::erase_if(here, [](const std::string& body) {
      return body.find("Subject: [too large]") != std::string::npos;  // R15
    });
    for (const std::string& body : here)
      EXPECT_TRUE(ever_.contains(body)) << "not as it was sent: " << body.substr(0, 200);
    if (quirk.messages == Messages::renamed) return;
    EXPECT_EQ(std::ranges::adjacent_find(here), here.end()) << "one came twice";
    if (quirk.messages == Messages::kept) {
      EXPECT_THAT(here, testing::ElementsAreArray(ever_));
    }
    for (const std::string& octets : upstream()) {
      if (octets.size() > message_limit) continue;
      EXPECT_NE(GetParam().keep, KeepOnServer::Rule::never) << "it is still there";
      EXPECT_TRUE(std::ranges::binary_search(here, complete(octets)));
    }
  }

 private:
  void see(const std::vector<test::HostilePop3::Message>& maildrop) {
    for (const auto& message : maildrop) ever_.insert(complete(message.octets));
  }

  std::set<std::string> ever_;  ///< what the server ever held
};

TEST_P(QuirkTest, LosesNothingAndDeliversNothingTwice) {
  prepare();
  for (int i = 0; i < 3; ++i) poll_quirk();
  if (GetParam().quirk.deletes == Quirk::Deletes::none) {
    EXPECT_EQ(server->count("DELE"), 0U);
  }
  behave();
  check();
}

TEST_P(QuirkTest, SurvivesACrashAtACommit) {
  for (const std::size_t good_writes : {0U, 1U, 2U, 3U}) {
    SCOPED_TRACE(good_writes);
    start_over();
    prepare();
    poll_quirk(std::make_shared<FailingAccount>(account, good_writes));
    memory = {};
    poll_quirk();
    behave();
    check();
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Quirk& quirk : every_quirk()) {
    all.push_back({quirk, KeepOnServer::Rule::forever});
    all.push_back({quirk, KeepOnServer::Rule::never});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Hostile, QuirkTest, testing::ValuesIn(cases()), [](const auto& instance) {
  const Case& row = instance.param;
  return row.quirk.name + (row.keep == KeepOnServer::Rule::never ? "_deleting" : "_keeping");
});

TEST(Quirks, AreSixtyAtLeast) {
  std::set<std::string> names;
  for (const Quirk& quirk : every_quirk()) names.insert(quirk.name);
  EXPECT_EQ(names.size(), every_quirk().size());
  EXPECT_GE(names.size(), 60U);
}

TEST_F(SyncTest, EqualIdsAreFetchedOnceEachAndNotDeleted) {  // D5
  source.keep_on_server = {KeepOnServer::Rule::never, {}};
  for (const char* uidl : {"same", "same", "other", "same"}) arrive(uidl);
  server->maildrop[3].octets += "longer\r\n";
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(stored().size(), 4U);
  EXPECT_EQ(server->count("RETR"), 4U);
  EXPECT_EQ(server->maildrop.size(), 3U);  // only "other" went
}

TEST_F(SyncTest, AMessageThatArrivesDuringTheSessionComesWithTheNext) {  // D19: arrive-during
  fill(2);
  const auto check = server->on_command;
  server->on_command = [&, check](const std::string& command) {
    check(command);
    if (command == "RETR 1" && server->maildrop.size() == 2) arrive("late");
  };
  EXPECT_EQ(poll().fetched, 2U);
  EXPECT_EQ(poll().fetched, 1U);
  EXPECT_EQ(stored(), upstream());
}

TEST_F(SyncTest, AMessageRewrittenUnderItsIdStaysAndTheNewOneIsFetchedOnce) {  // R6, D19: rewrite
  fill(1);
  (void)poll();
  const auto before = stored();
  server->maildrop[0].octets = store::message("another one, of another size");
  (void)poll();
  (void)poll();
  const auto after = stored();
  EXPECT_EQ(after.size(), before.size() + 1);
  EXPECT_TRUE(std::ranges::includes(after, before));
  EXPECT_EQ(server->count("RETR"), 2U);
}

}  // namespace
}  // namespace postern::engine
