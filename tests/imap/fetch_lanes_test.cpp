#include <sqlite3.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/imap/served.h"
#include "tests/support/transcript.h"

namespace postern::imap::test {
namespace {

using postern::test::LineClient;

/// Of all sizes from a line to a few batches, in no order.
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
  FetchLanesTest() : messages_(messages()), client_(served_.port()) {
    for (const std::string& message : messages_) served_.deliver("INBOX", message);
    (void)client_.line();
    (void)client_.command("l LOGIN anna sesame");
    (void)client_.command("s SELECT INBOX");
  }

  void expect_message(std::size_t number) {
    const std::string& message = messages_.at(number - 1);
    ASSERT_EQ(client_.line(), "* " + std::to_string(number) + " FETCH (UID " +
                                  std::to_string(number) + " BODY[] {" +
                                  std::to_string(message.size()) + "}");
    ASSERT_TRUE(client_.octets(message.size()) == message) << number;
    ASSERT_EQ(client_.line(), ")");
  }

  Served served_;
  std::vector<std::string> messages_;
  LineClient client_;
};

TEST_F(FetchLanesTest, MessagesComeInOrderHoweverLargeTheyAre) {
  client_.send("f UID FETCH 1:* BODY.PEEK[]\r\n");
  for (std::size_t i = 1; i <= messages_.size(); ++i) expect_message(i);
  EXPECT_EQ(client_.line(), "f OK FETCH completed");
}

TEST_F(FetchLanesTest, GapsStay) {
  client_.send("f UID FETCH 2,5:9,37:60,90 BODY.PEEK[]\r\n");
  expect_message(2);
  for (std::size_t i = 5; i <= 9; ++i) expect_message(i);
  for (std::size_t i = 37; i <= 60; ++i) expect_message(i);
  expect_message(90);
  EXPECT_EQ(client_.line(), "f OK FETCH completed");
}

TEST_F(FetchLanesTest, WhatCannotBeReadIsLeftOutWhereverItStands) {
  sqlite3* database = nullptr;
  const auto file = served_.account().spool().parent_path() / "mail.db";
  ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "DELETE FROM body WHERE id IN (1, 40, 41, 90)", nullptr, nullptr,
                         nullptr),
            SQLITE_OK);
  sqlite3_close(database);
  client_.send("f UID FETCH 1:* BODY.PEEK[]\r\n");
  for (std::size_t i = 1; i <= messages_.size(); ++i)
    if (i != 1 && i != 40 && i != 41 && i != 90) expect_message(i);
  EXPECT_TRUE(client_.line().starts_with("f NO [CORRUPTION]"));
}

}  // namespace
}  // namespace postern::imap::test
