// What a server announces, in a whole poll.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/sync_fixture.h"

namespace postern::engine {
namespace {

using config::KeepOnServer;
using testing::HasSubstr;

TEST_F(SyncTest, AServerThatDeletesSoonerIsTold) {  // RFC 2449 section 6.7
  const struct {
    const char* name;
    std::vector<std::string> before, after_login;
    KeepOnServer keep;
    const char* told;  ///< "": nothing
  } rows[] = {
      {"30 days, for ever",
       {"UIDL", "EXPIRE 30"},
       {"UIDL", "EXPIRE 30"},
       {KeepOnServer::Rule::forever, {}},
       "after 30 days"},
      {"each user has another",
       {"UIDL", "EXPIRE 10 USER"},
       {"UIDL", "EXPIRE 20"},
       {KeepOnServer::Rule::forever, {}},
       "after 20 days"},
      {"this user has none",
       {"UIDL", "EXPIRE 10 USER"},
       {"UIDL", "EXPIRE NEVER"},
       {KeepOnServer::Rule::forever, {}},
       ""},
      {"at once",
       {"UIDL", "EXPIRE 0"},
       {"UIDL", "EXPIRE 0"},
       {KeepOnServer::Rule::until_deleted, {}},
       "only what is here remains"},
      {"sooner here",
       {"UIDL", "EXPIRE 30"},
       {"UIDL", "EXPIRE 30"},
       {KeepOnServer::Rule::days, std::chrono::days(7)},
       ""},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    start_over();
    fill(2);
    source.keep_on_server = row.keep;
    server->quirks.capa = row.before;
    server->quirks.capa_after_login = row.after_login;
    for (int i = 0; i < 2; ++i) {
      const PollResult result = poll();
      EXPECT_FALSE(result.trouble);
      if (*row.told == '\0') {
        EXPECT_EQ(result.note, "");
      } else {
        EXPECT_THAT(result.note, HasSubstr(row.told));
      }
    }
    EXPECT_EQ(stored(), upstream());
    EXPECT_EQ(server->count("DELE"), 0U);
  }
}

TEST_F(SyncTest, OnlyHeadersAreAskedForByTop) {  // the fixture asserts it of each TOP
  for (int i = 0; i < 3; ++i) arrive_as_mail("id-" + std::to_string(i), "Not a line of this.\r\n");
  EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(server->count("TOP"), 0U) << "never for bodies";
  for (auto& message : server->maildrop) message.uidl += "x";
  EXPECT_FALSE(poll().trouble);
  EXPECT_GT(server->count("TOP"), 0U);
}

TEST_F(SyncTest, ALineOfTenMegabytesArrives) {  // D14
  server->maildrop.push_back(
      {"a", "Subject: a\r\n\r\n" + std::string(10'000'000, 'l') + "\r\nend\r\n"});
  // Neither are its dots stuffed within, nor is what looks like an end there one.
  std::string dots = "Subject: b\r\n\r\n.";
  while (dots.size() < 10'000'000) dots += "a.\r.\n.";
  server->maildrop.push_back({"b", dots + "\r\n"});
  server->maildrop.push_back({"c", std::string(10'000'000, 'h') + "\r\n\r\ntext\r\n"});
  arrive("after");
  const PollResult result = poll();
  EXPECT_FALSE(result.trouble);
  EXPECT_EQ(result.fetched, 4U);
  const auto here = stored();
  const auto there = upstream();
  ASSERT_EQ(here.size(), there.size());
  for (std::size_t i = 0; i < here.size(); ++i) EXPECT_TRUE(here[i] == there[i]) << i;
}

}  // namespace
}  // namespace postern::engine
