#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/sync_fixture.h"

namespace postern::engine {
namespace {

using config::KeepOnServer;
using store::OriginState;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr KeepOnServer forever{KeepOnServer::Rule::forever, {}};
constexpr KeepOnServer until_deleted{KeepOnServer::Rule::until_deleted, {}};
constexpr KeepOnServer never{KeepOnServer::Rule::never, {}};

TEST_F(SyncTest, FetchesEachMessageOnce) {
  fill(250);  // several transactions
  PollResult result = poll();
  EXPECT_FALSE(result.trouble);
  EXPECT_EQ(result.fetched, 250U);
  EXPECT_EQ(result.listed, 250U);
  EXPECT_EQ(stored(), upstream());
  result = poll();
  EXPECT_FALSE(result.trouble);
  EXPECT_EQ(result.fetched, 0U);
  EXPECT_EQ(server->count("RETR"), 250U);
  EXPECT_EQ(server->quits, 2U);
  EXPECT_EQ(stored(), upstream());
  arrive("new");
  EXPECT_EQ(poll_after_restart().fetched, 1U);
  EXPECT_EQ(stored(), upstream());
}

TEST_F(SyncTest, KeepsTheOrderOfTheServer) {
  fill(150);
  server->maildrop[70].octets = store::message("large", std::string(2'000'000, 'x') + "\r\n");
  (void)poll();
  std::vector<std::string> here;
  mailbox("INBOX")->latest()->for_each(
      [&](SeqNum, const store::Entry& entry) { here.push_back(octets(entry.body)); });
  ASSERT_EQ(here.size(), server->maildrop.size());
  for (std::size_t i = 0; i < here.size(); ++i) EXPECT_EQ(here[i], server->maildrop[i].octets) << i;
}

TEST_F(SyncTest, StoresEveryOctet) {  // D14
  const std::vector<std::string> odd{
      std::string("Subject: nul\r\n\r\na\0b\r\n", 21),
      "Subject: 8 bit\r\n\r\n\xff\xfe\x80\r\n",
      "Subject: dots\r\n\r\n.\r\n..\r\n.a\r\n",
      "Subject: lone\r\n\r\na\nb\rc\r\n",
      "Subject: long\r\n\r\n" + std::string(2'000'000, 'l') + "\r\n",
      std::string(1'000'000, 'h') + "\r\n\r\n",
      "\r\n",
      "only a header\r\n",
      "",
  };
  for (std::size_t i = 0; i < odd.size(); ++i)
    server->maildrop.push_back({"odd" + std::to_string(i), odd[i]});
  EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(stored(), upstream());
}

TEST_F(SyncTest, KeepsMemoryBoundedWhileMuchComesIn) {
  for (int i = 0; i < 12; ++i) {
    const std::string text(3'000'000, static_cast<char>('a' + i));
    server->maildrop.push_back({"big" + std::to_string(i), store::message("big", text + "\r\n")});
  }
  EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(stored(), upstream());
}

TEST_F(SyncTest, DatesMessagesByTheirArrivalAtTheProvider) {
  server->maildrop = {{"a",
                       "Received: from x by y;\r\n\tTue, 3 Feb 2015 10:00:00 +0100\r\n"
                       "Received: from w by x; Mon, 2 Feb 2015 10:00:00 +0100\r\n\r\n"}};
  (void)poll();
  mailbox("INBOX")->latest()->for_each(
      [](SeqNum, const store::Entry& entry) { EXPECT_EQ(entry.date.seconds, 1'422'954'000); });
}

TEST_F(SyncTest, DeliversWhereTheOperatorWants) {
  source.deliver_to = "From the provider";
  fill(1);
  EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(mailbox("From the provider")->latest()->size(), 1U);
}

TEST_F(SyncTest, ForeverDeletesNothing) {
  source.keep_on_server = forever;
  fill(3);
  (void)poll();
  expunge(1);
  (void)poll();
  (void)poll();
  EXPECT_EQ(server->count("DELE"), 0U);
  EXPECT_THAT(stored(), SizeIs(2));  // it does not come back
}

TEST_F(SyncTest, UntilDeletedDeletesWhatWasExpunged) {
  source.keep_on_server = until_deleted;
  fill(3);
  (void)poll();
  EXPECT_EQ(server->count("DELE"), 0U);
  expunge(2);
  EXPECT_EQ(origins()[1].state, OriginState::delete_due);
  (void)poll();
  EXPECT_EQ(server->count("DELE"), 1U);
  EXPECT_EQ(stored(), upstream());
  EXPECT_EQ(origins()[1].state, OriginState::delete_sent);  // R3: until a listing lacks it
  EXPECT_EQ(poll().deleted, 1U);
  EXPECT_EQ(origins()[1].state, OriginState::gone);
  EXPECT_EQ(server->count("RETR"), 3U);
}

TEST_F(SyncTest, UntilDeletedKeepsWhatIsInAnotherMailbox) {  // rule 5
  source.keep_on_server = until_deleted;
  fill(1);
  (void)poll();
  const MailboxId inbox = id("INBOX");
  const MailboxId trash = id("Trash");
  (void)store::write(*account,
                     [&](store::Transaction& t) { return t.move(inbox, store::uids({1}), trash); });
  (void)poll();
  EXPECT_EQ(server->count("DELE"), 0U);
  (void)remove("Trash", store::uids({1}));
  (void)poll();
  EXPECT_EQ(server->count("DELE"), 1U);
}

TEST_F(SyncTest, NeverDeletesOnceAFullSyncIsDone) {  // R20
  source.keep_on_server = never;
  fill(3);
  (void)poll();
  EXPECT_EQ(server->count("DELE"), 0U);
  (void)poll();
  EXPECT_EQ(server->count("DELE"), 3U);
  EXPECT_THAT(upstream(), IsEmpty());
  arrive("later");
  (void)poll();  // right after it was stored
  EXPECT_EQ(server->count("DELE"), 4U);
  EXPECT_THAT(upstream(), IsEmpty());
  (void)poll();
  EXPECT_THAT(stored(), SizeIs(4));
  for (const store::Origin& origin : origins()) EXPECT_EQ(origin.state, OriginState::gone);
}

TEST_F(SyncTest, ASessionThatWasCutShortIsNoFullSync) {  // R20
  source.keep_on_server = never;
  fill(2);
  fetching = std::chrono::seconds(0);
  const PollResult result = poll();
  EXPECT_FALSE(result.trouble);
  EXPECT_THAT(result.note, testing::HasSubstr("the time for one session"));
  EXPECT_THAT(stored(), IsEmpty());
  EXPECT_FALSE(record().full_sync);
  fetching = std::chrono::minutes(1);
  (void)poll();
  EXPECT_TRUE(record().full_sync);
  EXPECT_EQ(server->count("DELE"), 0U);
}

TEST_F(SyncTest, AReusedIdIsAnotherMessage) {  // D7
  source.keep_on_server = never;
  arrive("1");
  (void)poll();
  (void)poll();
  (void)poll();
  arrive("1");
  (void)poll();
  EXPECT_THAT(stored(), SizeIs(2));
  EXPECT_THAT(upstream(), IsEmpty());
}

TEST_F(SyncTest, AnEmptyMaildropOnceChangesNothing) {  // D20
  for (const KeepOnServer& keep : {forever, until_deleted}) {
    start_over();
    source.keep_on_server = keep;
    fill(5);
    (void)poll();
    const auto maildrop = std::exchange(server->maildrop, {});
    EXPECT_FALSE(poll().trouble);
    server->maildrop = maildrop;
    (void)poll();
    EXPECT_EQ(server->count("RETR"), 5U);
    EXPECT_EQ(stored(), upstream());
  }
}

TEST_F(SyncTest, ADiskThatIsFullEndsTheSessionWithoutQuit) {  // R2, D21
  server->quirks.popped_vanish = true;
  fill(5);
  const PollResult result = poll(std::make_shared<FailingAccount>(account, 0));
  ASSERT_TRUE(result.trouble);
  EXPECT_EQ(result.trouble->state, SourceState::store_failure);
  EXPECT_EQ(server->quits, 0U);
  EXPECT_THAT(server->maildrop, SizeIs(5));
  EXPECT_FALSE(poll().trouble);
  EXPECT_THAT(stored(), SizeIs(5));
}

TEST_F(SyncTest, ALostConnectionKeepsWhatWasComplete) {  // D4
  fill(10);
  server->quirks.cut_after_body_octets = 200;
  std::size_t polls = 0;
  while (poll().trouble || stored().size() < 10) ASSERT_LT(++polls, 10U);
  EXPECT_GT(polls, 1U);
  EXPECT_EQ(stored(), upstream());
  for (const auto& [octets, count] : server->retrieved) EXPECT_EQ(count, 1U) << octets;
}

TEST_F(SyncTest, OneBadMessageDoesNotBlockTheOthers) {  // D12
  patience = std::chrono::milliseconds(100);
  fill(4);
  server->quirks.instead["RETR 2"] = "+OK\r\nno end";
  const PollResult result = poll();
  EXPECT_FALSE(result.trouble);
  EXPECT_THAT(result.note, testing::HasSubstr("cannot be fetched"));
  EXPECT_THAT(stored(), SizeIs(3));
  for (int i = 0; i < 3; ++i) (void)poll();
  // From now on it waits; the others go on.
  arrive("later");
  const std::size_t tried = server->count("RETR");
  EXPECT_THAT(poll().note, testing::HasSubstr("wait for their next try"));
  EXPECT_THAT(stored(), SizeIs(4));
  EXPECT_EQ(server->count("RETR"), tried + 1);
}

TEST_F(SyncTest, NoSecondLoginWhereLoginsKeepADistance) {  // D15
  patience = std::chrono::milliseconds(100);
  struct {
    const char* name;
    std::string answer;  ///< to RETR 3
    std::chrono::seconds least_gap;
    std::size_t sessions;
  } const rows[] = {
      {"a leftover, no limit", "", std::chrono::seconds(0), 2},
      {"a leftover", "", std::chrono::minutes(5), 1},
      {"a size in doubt, no limit", "+OK\r\na\r\n.\r\n", std::chrono::seconds(0), 2},
      {"a size in doubt", "+OK\r\na\r\n.\r\n", std::chrono::minutes(5), 1},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    start_over();
    fill(5);
    least_gap = row.least_gap;
    server->quirks.instead["RETR 3"] = row.answer;
    PollResult result = poll();
    if (row.answer.empty()) {
      EXPECT_TRUE(result.trouble);
      // The message is a leftover from now on, which is tried in a session of its own.
      const std::size_t before = server->sessions;
      arrive("new");
      result = poll();
      EXPECT_EQ(server->sessions - before, row.sessions);
      EXPECT_EQ(result.unfinished, row.sessions == 1);
    } else {
      EXPECT_GE(server->sessions, row.sessions);
      EXPECT_EQ(server->sessions == 1, row.sessions == 1);
    }
    EXPECT_THAT(stored(), SizeIs(testing::Ge(2)));
  }
}

TEST_F(SyncTest, OneBadMessageDoesNotBlockDeletions) {
  patience = std::chrono::milliseconds(100);
  source.keep_on_server = never;
  fill(4);
  server->quirks.instead["RETR 2"] = "";
  for (int i = 0; i < 3; ++i) (void)poll();
  // The others went, so that it has another number, which does no harm here.
  EXPECT_THAT(upstream(), SizeIs(testing::Le(1)));
  EXPECT_THAT(stored(), SizeIs(testing::Ge(3)));
}

TEST_F(SyncTest, AMessageBeyondTheLimitGetsAPlaceholder) {  // R15
  source.keep_on_server = never;
  fill(2);
  for (const char* uidl : {"large", "larger"}) {
    server->maildrop.push_back({uidl, "From: b@example.org\r\nSubject: " + std::string(uidl) +
                                          "\r\nDate: Tue, 3 Feb 2015 10:00:00 +0100\r\n\r\n" +
                                          std::string(200'000, 'x') + "\r\n"});
  }
  message_limit = 100'000;
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(poll_after_restart().trouble);
  EXPECT_THAT(stored(), SizeIs(4));
  EXPECT_THAT(stored(), testing::Contains(testing::HasSubstr("Subject: [too large] larger")));
  EXPECT_THAT(upstream(), SizeIs(2));    // never deleted
  EXPECT_EQ(server->count("RETR"), 3U);  // the second is believed
  message_limit = 300'000;
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(poll_after_restart().trouble);
  EXPECT_THAT(stored(), SizeIs(4));
  EXPECT_THAT(stored(), testing::Each(testing::Not(testing::HasSubstr("[too large]"))));
  EXPECT_THAT(upstream(), IsEmpty());
}

TEST_F(SyncTest, AMessageBeyondTheLimitThatWasAwayIsNotDeleted) {  // R15, D20
  source.keep_on_server = never;
  fill(2);
  server->maildrop.push_back(
      {"large", "From: b@example.org\r\nMessage-ID: <large@example.org>\r\n\r\n" +
                    std::string(200'000, 'x') + "\r\n"});
  message_limit = 100'000;
  const auto large = server->maildrop.back();
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(poll().trouble);
  for (const char* uidl : {"large", "renamed"}) {
    server->maildrop.clear();
    for (int i = 0; i < 2; ++i) {
      arrive("other" + std::to_string(i) + uidl);
      EXPECT_FALSE(poll().trouble);
    }
    EXPECT_TRUE(std::ranges::any_of(origins(), [&](const store::Origin& origin) {
      return origin.announced == large.octets.size() && origin.state == OriginState::gone;
    }));
    server->maildrop.push_back({uidl, large.octets});
    for (int i = 0; i < 4; ++i) EXPECT_FALSE(poll().trouble);
    EXPECT_THAT(upstream(), SizeIs(1)) << uidl;
  }
}

TEST_F(SyncTest, AMessageThatTheServerMarksStaysOneMessage) {  // R6
  for (const KeepOnServer& keep : {forever, until_deleted, never}) {
    start_over();
    source.keep_on_server = keep;
    for (int i = 0; i < 5; ++i) arrive_as_mail("id-" + std::to_string(i));
    (void)poll();
    expunge(1);
    const auto here = stored();
    for (auto& message : server->maildrop) message.octets.insert(0, "Status: RO\r\n");
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(poll().trouble);
    EXPECT_EQ(stored(), here);
    EXPECT_EQ(origins().size(), 5U);
    EXPECT_EQ(server->count("RETR"), 5U);  // their headers tell
    const std::size_t left = keep.rule == KeepOnServer::Rule::forever         ? 5
                             : keep.rule == KeepOnServer::Rule::until_deleted ? 4
                                                                              : 0;
    EXPECT_EQ(server->maildrop.size(), left);
  }
}

TEST_F(SyncTest, TheRealOctetsCount) {  // R15, D10
  source.keep_on_server = never;
  fill(2);
  server->quirks.instead["LIST"] = "+OK\r\n1 9999999\r\n2 9999999\r\n.\r\n";
  const auto all = upstream();
  message_limit = 100'000;
  for (int i = 0; i < 4; ++i) (void)poll();
  EXPECT_EQ(stored(), all);
}

TEST_F(SyncTest, AWrongSizeWaitsForTheNextLoginWhereLoginsAreLimited) {  // D10, D15
  fill(5);
  const auto all = upstream();
  server->quirks.capa.push_back("LOGIN-DELAY 900");
  const std::size_t right = server->maildrop.front().octets.size();
  server->quirks.instead["LIST"] =
      fmt::format("+OK\r\n1 {0}\r\n2 {0}\r\n3 9\r\n4 {0}\r\n5 {0}\r\n.\r\n", right);
  std::size_t sessions = 0;
  for (const std::size_t came : {2U, 4U, 5U}) {
    const PollResult result = poll();
    EXPECT_FALSE(result.trouble);
    EXPECT_EQ(result.unfinished, came < all.size());
    EXPECT_EQ(stored().size(), came);
    EXPECT_EQ(server->sessions, ++sessions);
  }
  EXPECT_EQ(stored(), all);
}

TEST_F(SyncTest, AsksForNoSizesWhileNothingChanges) {
  source.keep_on_server = until_deleted;
  fill(300);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(server->count("LIST"),
            2U);  // of the poll that fetched, and of one that found all known
  EXPECT_EQ(poll().listed, 300U);
  arrive("new");
  EXPECT_EQ(poll().fetched, 1U);
  (void)poll();
  expunge(1);
  (void)poll();
  EXPECT_EQ(upstream().size(), 300U);
  (void)poll();
  server->maildrop.front().octets += "more\r\n";  // under the same id
  EXPECT_EQ(poll().listed, 300U);
  EXPECT_EQ(stored().size(), 301U);
}

TEST_F(SyncTest, EachTroubleHasItsState) {
  struct {
    const char* name;
    std::string command;
    std::string answer;
    SourceState expected;
  } const rows[] = {
      {"D16: wrong password", "PASS", "-ERR [AUTH] no\r\n", SourceState::wrong_password},
      {"D15: in use", "PASS", "-ERR [IN-USE] x\r\n", SourceState::mailbox_locked},
      {"D15: too early", "PASS", "-ERR [LOGIN-DELAY] x\r\n", SourceState::throttled},
      {"D15: out of order", "PASS", "-ERR [SYS/TEMP] x\r\n", SourceState::server_error},
      {"nonsense", "PASS", "HTTP/1.1 400\r\n", SourceState::server_error},
      {"D16: hung up on", "PASS", "", SourceState::server_error},
  };
  for (const auto& row : rows) {
    start_over();
    fill(1);
    server->quirks.instead[row.command] = row.answer;
    const PollResult result = poll();
    ASSERT_TRUE(result.trouble) << row.name;
    EXPECT_EQ(result.trouble->state, row.expected) << row.name;
    EXPECT_THAT(result.trouble->detail, testing::Not(testing::HasSubstr("secret"))) << row.name;
  }
}

TEST_F(SyncTest, AnUnreachableServerIsAState) {
  const std::uint16_t port = source.server.port;
  stop_server();
  source.server.port = port;
  const PollResult result = poll();
  ASSERT_TRUE(result.trouble);
  EXPECT_EQ(result.trouble->state, SourceState::unreachable);
}

TEST_F(SyncTest, ASecretThatCannotBeReadIsAState) {
  source.password.from = config::SecretSource::File{folder.path() / "nothing here"};
  const PollResult result = poll();
  ASSERT_TRUE(result.trouble);
  EXPECT_EQ(result.trouble->state, SourceState::wrong_password);
  EXPECT_EQ(server->sessions, 0U);
}

}  // namespace
}  // namespace postern::engine
