// Messages whose ids do not tell them apart: changed, shared, mere numbers, or none.

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/sync_fixture.h"

namespace postern::engine {
namespace {

using config::KeepOnServer;
using Quirks = test::HostilePop3::Quirks;

std::function<void(Quirks&)> instead(std::string command, std::string answer) {
  return [command, answer](Quirks& quirks) { quirks.instead[command] = answer; };
}

class Renumbered : public SyncTest {
 protected:
  void change_ids() {
    for (auto& message : server->maildrop) message.uidl += "x";
  }
};

TEST_F(Renumbered, IdsThatAllChangeAreRelinkedByTheirHeaders) {  // R7, D6
  source.keep_on_server = {KeepOnServer::Rule::until_deleted, {}};
  for (int i = 0; i < 6; ++i) arrive_as_mail("id-" + std::to_string(i));
  (void)poll();
  expunge(2);
  expunge(3);
  const auto here = stored();
  change_ids();
  EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(server->count("DELE"), 0U);  // suspended
  EXPECT_EQ(server->count("RETR"), 6U);
  EXPECT_EQ(stored(), here);
  EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(server->count("DELE"), 2U);  // and goes on under the new ids
  EXPECT_EQ(stored(), here);
  EXPECT_EQ(upstream(), here);
}

TEST_F(Renumbered, WithNewMailAmongThem) {
  for (int i = 0; i < 4; ++i) arrive_as_mail("id-" + std::to_string(i));
  (void)poll();
  expunge(1);
  change_ids();
  arrive_as_mail("new");
  EXPECT_EQ(poll().fetched, 1U);
  EXPECT_EQ(server->count("RETR"), 5U);
  EXPECT_THAT(stored(), testing::SizeIs(4));
  EXPECT_EQ(origins().size(), 5U);
}

TEST_F(Renumbered, ByBodiesWhereTopDoesNotTell) {  // D2, R7
  struct {
    const char* name;
    std::function<void(Quirks&)> set;
  } const rows[] = {
      {"no TOP", instead("TOP", "-ERR what\r\n")},
      {"TOP shows other headers", [](Quirks& q) { q.above_header = "Received: by z\r\n"; }},
      {"TOP breaks the connection", instead("TOP", "")},
      {"TOP makes no sense", instead("TOP", "what\r\n")},
  };
  for (const auto& row : rows) {
    start_over();
    for (int i = 0; i < 4; ++i) arrive_as_mail("id-" + std::to_string(i));
    (void)poll();
    expunge(1);
    const auto here = stored();
    change_ids();
    row.set(server->quirks);
    for (int i = 0; i < 3; ++i) (void)poll();
    EXPECT_EQ(stored(), here) << row.name;
    EXPECT_EQ(origins().size(), 4U) << row.name;
    EXPECT_EQ(server->count("RETR"), 8U) << row.name;
    EXPECT_EQ(server->count("DELE"), 0U) << row.name;
  }
}

TEST_F(Renumbered, ASessionThatWasCutShortIsNotTheEndOfIt) {  // R7
  source.keep_on_server = {KeepOnServer::Rule::until_deleted, {}};
  for (int i = 0; i < 4; ++i) arrive_as_mail("id-" + std::to_string(i));
  (void)poll();
  const auto here = stored();
  change_ids();
  server->quirks.instead["TOP"] = "-ERR what\r\n";
  fetching = std::chrono::seconds(0);
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(poll().trouble);
    EXPECT_TRUE(record().relinking);
  }
  fetching = std::chrono::minutes(1);
  EXPECT_FALSE(poll().trouble);
  EXPECT_FALSE(record().relinking);
  EXPECT_EQ(stored(), here);
}

TEST_F(Renumbered, AtEachLogin) {  // D6
  for (int i = 0; i < 4; ++i) arrive_as_mail("id-" + std::to_string(i));
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(poll().trouble);
    change_ids();
  }
  EXPECT_EQ(stored(), upstream());
  EXPECT_EQ(server->count("RETR"), 4U);
}

TEST_F(Renumbered, EqualMessagesStayAsMany) {
  arrive_as_mail("a");
  server->maildrop.push_back({"b", server->maildrop[0].octets});
  server->maildrop.push_back({"c", server->maildrop[0].octets});
  arrive_as_mail("d");
  (void)poll();
  EXPECT_THAT(stored(), testing::SizeIs(4));
  change_ids();
  server->maildrop.push_back({"e", server->maildrop[0].octets});
  (void)poll();
  (void)poll();
  EXPECT_THAT(stored(), testing::SizeIs(5));
  EXPECT_EQ(stored(), upstream());
}

TEST_F(Renumbered, NumbersAsIdsAreNotTrusted) {  // D7
  source.keep_on_server = {KeepOnServer::Rule::until_deleted, {}};
  const auto renumber = [this] {
    for (std::size_t i = 0; i < server->maildrop.size(); ++i)
      server->maildrop[i].uidl = std::to_string(i + 1);
  };
  for (const bool top : {true, false}) {
    start_over();
    if (!top) server->quirks.instead["TOP"] = "-ERR what\r\n";
    for (int i = 0; i < 5; ++i)
      arrive_as_mail("", std::string(10, static_cast<char>('a' + i)) + "\r\n");
    renumber();
    (void)poll();
    // One goes by another program, and another of the same size comes.
    const std::string gone = server->maildrop[1].octets;
    server->maildrop.erase(server->maildrop.begin() + 1);
    arrive_as_mail("", "0123456789\r\n");
    renumber();
    EXPECT_FALSE(poll().trouble);
    EXPECT_EQ(stored().size(), 6U) << top;
    auto expected = upstream();
    expected.push_back(gone);
    std::ranges::sort(expected);
    EXPECT_EQ(stored(), expected) << top;
    // Deleting here deletes the right one there.
    expunge(3);
    for (int i = 0; i < 4; ++i) {
      EXPECT_FALSE(poll().trouble);
      renumber();
    }
    EXPECT_EQ(server->count("DELE"), 1U) << top;
    EXPECT_EQ(server->maildrop.size(), 4U) << top;
    expected = upstream();
    expected.push_back(gone);
    std::ranges::sort(expected);
    EXPECT_EQ(stored(), expected) << top;
  }
}

TEST_F(Renumbered, WithoutIdsOnlyTheLastIsLookedAt) {  // D1
  server->quirks.instead["UIDL"] = "-ERR what\r\n";
  for (int i = 0; i < 5; ++i) arrive_as_mail("");
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(poll_after_restart().trouble);
  EXPECT_EQ(stored(), upstream());
  EXPECT_EQ(server->count("RETR"), 5U);
  EXPECT_EQ(server->count("TOP"), 2U);
  server->quirks.instead["TOP"] = "-ERR what\r\n";
  arrive_as_mail("");
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(poll_after_restart().trouble);
  EXPECT_EQ(stored(), upstream());
  EXPECT_EQ(server->count("RETR"), 8U);  // the last one twice more, to look at it
}

TEST_F(SyncTest, AnIdThatFailsOnceIsNoReasonToStartOver) {
  fill(3);
  (void)poll();
  server->quirks.instead["UIDL"] = "-ERR what\r\n";
  EXPECT_TRUE(poll().trouble);
  calm();
  EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(stored(), upstream());
  EXPECT_EQ(server->count("RETR"), 3U);
}

TEST_F(SyncTest, ALaterMessageOfASharedIdIsNotHidden) {  // D5
  for (const char* uidl : {"same", "same", "other"}) arrive_as_mail(uidl);
  (void)poll();
  server->maildrop.erase(server->maildrop.begin());
  arrive_as_mail("same");
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(stored().size(), 4U);
  EXPECT_EQ(server->count("RETR"), 4U);
}

}  // namespace
}  // namespace postern::engine
