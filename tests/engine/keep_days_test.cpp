// keep_on_server: N days. Days pass by making all that was noted older: a poll asks the clocks, and
// no test can turn them.

#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "tests/engine/sync_fixture.h"

namespace postern::engine {
namespace {

using config::KeepOnServer;
using testing::IsEmpty;
using testing::SizeIs;

class KeepDays : public SyncTest {
 protected:
  static constexpr int days_kept = 3;

  void SetUp() override {
    SyncTest::SetUp();
    source.keep_on_server = {KeepOnServer::Rule::days, std::chrono::days(days_kept)};
  }
  /// The program ends, and begins anew so many days later.
  void days_pass(int days) {
    make_older("UPDATE source SET boot_time = boot_time - {0}", days);
    clock_jumps(days);
  }
  /// It ends, and begins anew at once, with another date.
  void clock_jumps(int days) {
    make_older(
        "UPDATE origin SET first_seen = first_seen - {0};"
        "UPDATE source SET watched_at = watched_at - {0};"
        "UPDATE source SET listed_at = listed_at - {0} WHERE listed_at <> 0;"
        "UPDATE source SET listed_before = listed_before - {0} WHERE listed_before <> 0",
        days);
  }
  void make_older(const char* what, int days) {
    account.reset();
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((account_folder() / "mail.db").c_str(), &database), SQLITE_OK);
    const std::string age = fmt::format(fmt::runtime(what), days * 24 * 60 * 60);
    EXPECT_EQ(sqlite3_exec(database, age.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
    restart();
  }
  /// Twice: what is sent to be deleted in the first is gone in the second.
  void polls_of_a_day() {
    for (int i = 0; i < 2; ++i) {
      const PollResult result = poll();
      ASSERT_FALSE(result.trouble) << result.trouble->detail;
    }
  }
};

TEST_F(KeepDays, DeletesWhatWasHereForSoManyDaysAndNothingElse) {  // R17
  fill(2);
  polls_of_a_day();
  for (int day = 1; day < days_kept; ++day) {
    days_pass(1);
    if (day == 2) arrive("later");
    polls_of_a_day();
    EXPECT_THAT(upstream(), SizeIs(day < 2 ? 2 : 3)) << "day " << day;
    EXPECT_EQ(server->count("DELE"), 0U) << "day " << day;
  }
  days_pass(1);
  polls_of_a_day();
  EXPECT_EQ(server->count("DELE"), 2U);
  EXPECT_THAT(upstream(), testing::ElementsAre(server->maildrop.front().octets));
  EXPECT_EQ(server->maildrop.front().uidl, "later");
  days_pass(1);
  polls_of_a_day();
  EXPECT_THAT(upstream(), SizeIs(1));
  days_pass(1);
  polls_of_a_day();
  EXPECT_THAT(upstream(), IsEmpty());
  EXPECT_THAT(stored(), SizeIs(3));
  EXPECT_EQ(server->count("RETR"), 3U);
}

TEST_F(KeepDays, AClockThatJumpsIsNotBelieved) {  // R17, J11
  fill(2);
  polls_of_a_day();
  clock_jumps(400);
  polls_of_a_day();
  EXPECT_EQ(server->count("DELE"), 0U);
  EXPECT_THAT(upstream(), SizeIs(2));
  days_pass(days_kept - 1);
  polls_of_a_day();
  EXPECT_EQ(server->count("DELE"), 0U);
  days_pass(1);
  polls_of_a_day();
  EXPECT_THAT(upstream(), IsEmpty());
  EXPECT_THAT(stored(), SizeIs(2));
}

TEST_F(KeepDays, AClockThatIsSetBackDeletesNothing) {  // R19, J11
  fill(2);
  polls_of_a_day();
  clock_jumps(-5);
  polls_of_a_day();
  days_pass(1);
  polls_of_a_day();
  EXPECT_EQ(server->count("DELE"), 0U);
  EXPECT_THAT(upstream(), SizeIs(2));
}

TEST_F(SyncTest, DatesOfOthersDecideNothing) {  // R19
  source.keep_on_server = {KeepOnServer::Rule::days, std::chrono::days(1)};
  for (const char* date : {"Thu, 1 Jan 1970 00:00:00 +0000", "Fri, 31 Dec 2100 23:59:59 +0000"}) {
    server->maildrop.push_back({date, fmt::format("Received: from x by y; {}\r\nDate: {}\r\n"
                                                  "Subject: old or new\r\n\r\nHello.\r\n",
                                                  date, date)});
  }
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(server->count("DELE"), 0U);
  EXPECT_EQ(stored(), upstream());
}

}  // namespace
}  // namespace postern::engine
