#include <sqlite3.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/imap/served.h"
#include "tests/support/transcript.h"

namespace postern::imap::test {
namespace {

using postern::test::LineClient;

/// From less than 1 kB to several batches, in no order.
std::vector<std::string> messages() {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < 90; ++i) {
    std::string& text = all.emplace_back("Subject: " + std::to_string(i) + "\r\n\r\n");
    const std::size_t octets = i % 30 == 7 ? 2'500'000 : i % 9 == 0 ? 300'000 : i * 997 % 40'000;
    for (std::size_t line = 0; text.size() < octets; ++line)
      text += "Line " + std::to_string(i) + " " + std::to_string(line * 7919) + "\r\n";
  }
  return all;
}

class FetchLanesTest : public testing::Test {
 protected:
  static constexpr std::size_t expunged = 3;

  FetchLanesTest() : messages_(messages()), client_(served_.port()) {
    for (const std::string& message : messages_) served_.deliver("INBOX", message);
    (void)client_.line();
    (void)client_.command("l LOGIN anna sesame");
    (void)client_.command("s SELECT INBOX");
    (void)client_.command("d STORE 1:" + std::to_string(expunged) + " +FLAGS.SILENT (\\Deleted)");
    (void)client_.command("e EXPUNGE");
  }

  /// The message of that number, as UID FETCH tells it; the first ones were expunged.
  void expect_message(std::size_t number) {
    const std::string& message = messages_.at(number - 1);
    ASSERT_EQ(client_.line(), "* " + std::to_string(number - expunged) + " FETCH (UID " +
                                  std::to_string(number) + " BODY[] {" +
                                  std::to_string(message.size()) + "}");
    ASSERT_TRUE(client_.octets(message.size()) == message) << number;
    ASSERT_EQ(client_.line(), ")");
  }
  void expect_all_but(std::size_t damaged) {
    client_.send("f UID FETCH 1:* BODY.PEEK[]\r\n");
    for (std::size_t i = expunged + 1; i <= messages_.size(); ++i)
      if (i != damaged) expect_message(i);
  }
  void damage(const std::string& sql) {
    sqlite3* database = nullptr;
    const auto file = served_.account().spool().parent_path() / "mail.db";
    ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  }

  Served served_;
  std::vector<std::string> messages_;
  LineClient client_;
};

TEST_F(FetchLanesTest, MessagesComeInOrderHoweverLargeTheyAre) {
  expect_all_but(0);
  EXPECT_EQ(client_.line(), "f OK FETCH completed");
}

TEST_F(FetchLanesTest, GapsStay) {
  client_.send("f FETCH 1,4:6,34:57,87 (UID BODY.PEEK[])\r\n");
  expect_message(4);
  for (std::size_t i = 7; i <= 9; ++i) expect_message(i);
  for (std::size_t i = 37; i <= 60; ++i) expect_message(i);
  expect_message(90);
  EXPECT_EQ(client_.line(), "f OK FETCH completed");
}

TEST_F(FetchLanesTest, SmallPartsOfLargeMessagesComeTogether) {
  client_.send("f UID FETCH 1:* (BODY.PEEK[1]<0.5> BODY.PEEK[2])\r\n");
  for (std::size_t i = expunged + 1; i <= messages_.size(); ++i) {
    ASSERT_TRUE(client_.line().ends_with("BODY[1]<0> {5}")) << i;
    ASSERT_EQ(client_.line(), "Line  BODY[2] NIL)");
  }
  EXPECT_EQ(client_.line(), "f OK FETCH completed");
}

/// Of the first batches, each of another lane.
TEST_F(FetchLanesTest, WhatCannotBeReadIsLeftOutInEachLane) {
  for (const std::size_t damaged : {expunged + 1, expunged + 20}) {
    const std::string number = std::to_string(damaged);
    damage("UPDATE body SET id = id + 1000 WHERE id = " + number);
    expect_all_but(damaged);
    EXPECT_TRUE(client_.line().starts_with("f NO [CORRUPTION]")) << damaged;
    damage("UPDATE body SET id = id - 1000 WHERE id = 1000 + " + number);
  }
  expect_all_but(0);
  EXPECT_EQ(client_.line(), "f OK FETCH completed");
}

/// A part of it was sent already, and nothing else would be understood.
TEST_F(FetchLanesTest, WhatCannotBeReadToItsEndEndsTheConnection) {
  damage("DELETE FROM body_chunk WHERE id = (38 << 20) + 8");
  client_.send("f UID FETCH 1:* BODY.PEEK[]\r\n");
  for (std::size_t i = expunged + 1; i < 38; ++i) expect_message(i);
  ASSERT_TRUE(client_.line().starts_with("* 35 FETCH (UID 38 BODY[] {"));
  std::string line;
  std::size_t octets = 0;
  while (line = client_.line(), line != "<end>" && !line.starts_with("f "))
    octets += line.size() + 2;
  EXPECT_EQ(line, "<end>");
  EXPECT_GT(octets, 100'000U);
  EXPECT_LT(octets, messages_[37].size());
}

TEST_F(FetchLanesTest, ASessionMayEndWhileBothLanesPrepare) {
  for (int i = 0; i < 20; ++i) {
    LineClient other(served_.port());
    (void)other.command("l LOGIN anna sesame");
    other.send("s EXAMINE INBOX\r\nf UID FETCH 1:* BODY.PEEK[]\r\n");
    if (i % 2 != 0) (void)other.line();
  }
  EXPECT_EQ(client_.command("n NOOP").back(), "n OK NOOP completed");
}

}  // namespace
}  // namespace postern::imap::test
