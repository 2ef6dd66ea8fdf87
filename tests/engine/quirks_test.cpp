// Servers with quirks, by name (tests/checks.md, section D). Each is polled, polled again, then
// crashed at each commit and at each line of the server and resumed by a program that starts anew,
// with every rule of what stays upstream; then it behaves: nothing is lost, nothing comes twice,
// and nothing is deleted before it is stored (the fixture asserts that at each DELE and QUIT).

#include <algorithm>
#include <iterator>
#include <memory>
#include <ostream>
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
  friend void PrintTo(const Case& row, std::ostream* out) { *out << row.quirk.name; }
};

class QuirkTest : public SyncTest, public testing::WithParamInterface<Case> {
 protected:
  static constexpr std::size_t most_polls = 3;

  void prepare() {
    start_over();
    source.keep_on_server = {GetParam().keep, {}};
    message_limit = 1 << 20;
    ever_.clear();
    expunged_.clear();
    fill(3);
    GetParam().quirk.set(*server);
    see(server->maildrop);
    const auto checked = server->on_command;
    server->on_command = [this, checked](const std::string& command) {
      checked(command);
      // A poll may have several sessions.
      if (command == "QUIT" || command.starts_with("RETR ")) see(server->at_login);
    };
  }
  void poll_quirk(std::shared_ptr<store::Account> on = nullptr) {
    // Nothing that takes so long is a success here.
    patience = std::chrono::milliseconds(50);
    (void)poll(std::move(on));
    stop_server_sessions();
    see(server->at_login);
  }
  /// Somebody reads the first message and deletes it.
  void somebody_expunges() {
    if (GetParam().keep != KeepOnServer::Rule::until_deleted) return;
    if (!expunged_.empty() || ever_stored().empty()) return;
    const auto inbox = mailbox("INBOX")->latest();
    inbox->for_each([&](SeqNum number, const store::Entry& entry) {
      if (number.value != 1) return;
      expunged_.insert(octets(entry.body));
      expunge(entry.uid.value);
    });
  }
  /// The server behaves; two polls agree with the policy.
  void behave() {
    calm();
    patience = std::chrono::seconds(5);
    restart();
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
    const std::set<std::string> different(here.begin(), here.end());
    EXPECT_EQ(here.size(), different.size()) << "one came twice";
    if (quirk.messages != Messages::vanish) {
      std::set<std::string> expected;
      std::ranges::set_difference(ever_, expunged_, std::inserter(expected, expected.end()));
      EXPECT_EQ(different, expected);
    }
    for (const std::string& octets : upstream()) {
      if (octets.size() > message_limit || expunged_.contains(complete(octets))) continue;
      EXPECT_NE(GetParam().keep, KeepOnServer::Rule::never) << "it is still there";
      EXPECT_TRUE(different.contains(complete(octets)));
    }
  }
  /// Polls until the poll after which a crash comes, which is left to the caller.
  void lead_up_to(std::size_t polls) {
    prepare();
    for (std::size_t i = 0; i < polls; ++i) poll_quirk();
    if (polls > 0) somebody_expunges();
  }
  /// Another poll of the quirk, as long as a message that fails is still tried each time.
  void resume_and_check(std::size_t polls_before) {
    restart();
    if (polls_before < most_polls) poll_quirk();
    behave();
    check();
  }

 private:
  void see(const std::vector<test::HostilePop3::Message>& maildrop) {
    for (const auto& message : maildrop) ever_.insert(complete(message.octets));
  }

  std::set<std::string> ever_;  ///< what the server ever held
  std::set<std::string> expunged_;
};

TEST_P(QuirkTest, LosesNothingAndDeliversNothingTwice) {
  prepare();
  for (std::size_t i = 0; i < most_polls; ++i) {
    poll_quirk();
    somebody_expunges();
  }
  if (GetParam().quirk.deletes == Quirk::Deletes::none) {
    EXPECT_EQ(server->count("DELE"), 0U);
  }
  behave();
  check();
}

TEST_P(QuirkTest, SurvivesACrashAtEachCommit) {  // J1, R1, R2
  for (std::size_t good_writes = 0;; ++good_writes) {
    SCOPED_TRACE(good_writes);
    prepare();
    auto dying = std::make_shared<FailingAccount>(account, good_writes);
    const auto is_alive = [&] { return dying->writes <= good_writes; };
    std::size_t polls = 0;
    for (; polls < most_polls && is_alive(); ++polls) {
      poll_quirk(dying);
      if (is_alive()) somebody_expunges();
    }
    const bool had_no_more = is_alive();
    dying.reset();
    resume_and_check(polls);
    if (had_no_more || HasFailure()) return;
  }
}

TEST_P(QuirkTest, SurvivesACrashAtEachLineOfTheServer) {  // D4, D18, D26
  // The first poll is the same for all rules that delete nothing in it.
  const bool first = GetParam().keep != KeepOnServer::Rule::until_deleted;
  const bool second = GetParam().keep != KeepOnServer::Rule::forever;
  for (std::size_t polls_before = first ? 0 : 1; polls_before < (second ? 2 : 1); ++polls_before) {
    // Of answers with very many lines not each one is taken.
    for (std::size_t line = 0;; line += 1 + line / 40) {
      SCOPED_TRACE(polls_before);
      SCOPED_TRACE(line);
      lead_up_to(polls_before);
      server->lines_sent = 0;
      server->quirks.cut_at_line = line;
      poll_quirk();
      const bool was_cut = server->lines_sent >= line;
      server->quirks.cut_at_line.reset();
      resume_and_check(polls_before + 1);
      if (!was_cut || HasFailure()) break;
    }
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Quirk& quirk : every_quirk()) {
    for (const auto keep : {KeepOnServer::Rule::forever, KeepOnServer::Rule::until_deleted,
                            KeepOnServer::Rule::never})
      all.push_back({quirk, keep});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Hostile, QuirkTest, testing::ValuesIn(cases()), [](const auto& instance) {
  switch (instance.param.keep) {
    case KeepOnServer::Rule::until_deleted: return instance.param.quirk.name + "_until_deleted";
    case KeepOnServer::Rule::never: return instance.param.quirk.name + "_deleting";
    default: return instance.param.quirk.name + "_keeping";
  }
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
