// Whether a message is the one that it seems to be: ids that are used again, equal messages, sizes
// that vary, and what was only looked at.

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/sync_fixture.h"

namespace postern::engine {
namespace {

using config::KeepOnServer;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr KeepOnServer never{KeepOnServer::Rule::never, {}};
constexpr KeepOnServer until_deleted{KeepOnServer::Rule::until_deleted, {}};

class Identity : public SyncTest {
 protected:
  void without_top() { server->quirks.instead["TOP"] = "-ERR what\r\n"; }
  [[nodiscard]] std::vector<std::string> upstream_ids() const {
    std::vector<std::string> ids;
    for (const auto& message : server->maildrop) ids.push_back(message.uidl);
    return ids;
  }
};

TEST_F(Identity, AnIdThatIsUsedAgainAfterADeletionIsANewMessage) {  // R6, I1
  for (const bool top : {true, false}) {
    for (const bool named : {true, false}) {
      start_over();
      if (!top) without_top();
      source.keep_on_server = never;
      const auto arrives = [&](const std::string& text) {
        if (named) return arrive_as_mail("msg1", text);
        server->maildrop.push_back({"msg1", store::message("same", text)});
      };
      arrives("Hello.\r\n");
      for (int i = 0; i < 2; ++i) EXPECT_FALSE(poll().trouble);
      ASSERT_THAT(server->maildrop, IsEmpty());
      arrives("World.\r\n");
      // The fixture asserts that it is stored before a DELE names it.
      EXPECT_FALSE(poll().trouble);
      EXPECT_THAT(stored(), SizeIs(2)) << top << named;
      EXPECT_FALSE(poll().trouble);
      EXPECT_THAT(server->maildrop, IsEmpty()) << top << named;
      EXPECT_EQ(server->count("DELE"), 2U) << top << named;
    }
  }
}

TEST_F(Identity, SoItIsWhereOnlyWhatIsExpungedIsDeleted) {  // R6, I1
  for (const bool top : {true, false}) {
    start_over();
    if (!top) without_top();
    source.keep_on_server = until_deleted;
    arrive_as_mail("other");
    arrive_as_mail("msg1");
    (void)poll();
    expunge(2);
    (void)poll();
    ASSERT_THAT(upstream_ids(), ElementsAre("other"));
    arrive_as_mail("msg1");
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(poll().trouble);
    EXPECT_EQ(stored(), upstream()) << top;
    EXPECT_EQ(server->count("DELE"), 1U) << top;
    EXPECT_THAT(stored(), SizeIs(2)) << top;
  }
}

TEST_F(Identity, ADeletionThatWasNotCarriedOutIsRepeatedForTheSameMessage) {  // D18, I4
  for (const bool top : {true, false}) {
    start_over();
    if (!top) without_top();
    source.keep_on_server = until_deleted;
    for (int i = 0; i < 3; ++i) arrive_as_mail("id-" + std::to_string(i));
    (void)poll();
    expunge(1);
    server->quirks.quit = test::HostilePop3::Quit::refused;
    (void)poll();
    EXPECT_THAT(server->maildrop, SizeIs(3));
    server->quirks.quit = test::HostilePop3::Quit::applied;
    for (int i = 0; i < 2; ++i) EXPECT_FALSE(poll().trouble);
    EXPECT_THAT(upstream_ids(), ElementsAre("id-1", "id-2")) << top;
    EXPECT_EQ(stored(), upstream()) << top;
    EXPECT_EQ(server->count("RETR"), top ? 3U : 4U);
  }
}

TEST_F(Identity, AServerThatCarriesNoDeletionOutCostsLittle) {  // D18
  without_top();
  source.keep_on_server = never;
  for (int i = 0; i < 100; ++i) arrive_as_mail("id-" + std::to_string(i));
  server->quirks.quit = test::HostilePop3::Quit::refused;
  (void)poll();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(poll().trouble);
  EXPECT_LE(server->count("RETR"), 160U);
  EXPECT_EQ(stored(), upstream());
}

TEST_F(Identity, AnEqualMessageAfterADeletionIsAnother) {  // I1
  for (const bool expunged : {true, false}) {
    start_over();
    source.keep_on_server = expunged ? until_deleted : never;
    const std::string octets = store::message("backup", "ok\r\n");
    server->maildrop.push_back({"id-1", octets});
    arrive_as_mail("other");
    (void)poll();
    if (expunged) expunge(1);
    for (int i = 0; i < 2; ++i) (void)poll();
    const std::size_t before = stored().size();
    server->maildrop.push_back({"id-2", octets});
    for (int i = 0; i < 2; ++i) EXPECT_FALSE(poll().trouble);
    EXPECT_THAT(stored(), SizeIs(before + 1)) << expunged;
  }
}

/// Its body alone tells which one it is, and the body does not come at first.
TEST_F(Identity, AMessageUnderAnotherIdThatComesLateIsTheSame) {  // I1, K18
  fill(3);
  EXPECT_FALSE(poll().trouble);
  server->maildrop[0].uidl = "another";
  server->quirks.instead["RETR 1"] = "-ERR not now\r\n";
  for (int i = 0; i < 2; ++i) (void)poll();
  EXPECT_THAT(stored(), SizeIs(3));
  calm();
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(stored(), upstream());
}

TEST_F(Identity, WhatWasExpungedDoesNotComeBackUnderAnotherId) {  // I4
  source.keep_on_server = until_deleted;
  arrive_as_mail("id-1");
  arrive_as_mail("id-2");
  server->maildrop.push_back({"id-3", store::message("no date")});
  (void)poll();
  const auto before = server->maildrop;
  expunge(1);
  expunge(3);
  for (int i = 0; i < 2; ++i) (void)poll();
  ASSERT_THAT(upstream_ids(), ElementsAre("id-2"));
  // The provider restores what it had, under new ids.
  server->maildrop = before;
  for (auto& message : server->maildrop) message.uidl += "x";
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(poll().trouble);
  EXPECT_THAT(stored(), ElementsAre(before[1].octets));
}

TEST_F(Identity, WhatWasOnlyLookedAtIsNotLostWithTheGoodbye) {  // R2, I1
  without_top();
  server->quirks.instead["UIDL"] = "-ERR what\r\n";
  for (int i = 0; i < 3; ++i) arrive_as_mail("");
  EXPECT_FALSE(poll().trouble);
  server->quirks.popped_vanish = true;
  server->maildrop.erase(server->maildrop.begin());
  arrive_as_mail("");
  // It is seen once, and then it cannot be had.
  std::size_t asked = 0;
  server->script = [&](const std::string& command, const net::Stream&) {
    const bool later = command == "RETR 3" && ++asked == 2;
    return later ? std::optional(test::HostilePop3::Scripted{"-ERR [SYS/TEMP] later\r\n"})
                 : std::nullopt;
  };
  const std::string last = server->maildrop.back().octets;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(poll().trouble);
  EXPECT_GE(asked, 2U);
  EXPECT_THAT(stored(), testing::Contains(last));
}

TEST_F(Identity, AFirstSyncWithRefusedMessagesIsNotComplete) {  // R20
  fill(3);
  server->quirks.instead["RETR 2"] = "-ERR [SYS/TEMP] later\r\n";
  EXPECT_THAT(poll().note, testing::HasSubstr("1 messages were refused"));
  EXPECT_FALSE(record().full_sync);
  EXPECT_THAT(poll().note, testing::HasSubstr("1 messages were refused"));
  calm();
  (void)poll();
  (void)poll();
  EXPECT_TRUE(record().full_sync);
  EXPECT_EQ(stored(), upstream());
}

/// What LIST tells is another size each time.
class Sizes : public Identity {
 protected:
  void vary() {
    server->script = [this](const std::string& command,
                            const net::Stream&) -> std::optional<test::HostilePop3::Scripted> {
      if (command == "LIST") {
        ++lists_;
        std::string text = "+OK\r\n";
        for (std::size_t i = 0; i < server->maildrop.size(); ++i)
          text += std::to_string(i + 1) + " " + std::to_string(1000 + lists_) + "\r\n";
        return test::HostilePop3::Scripted{text + ".\r\n"};
      }
      if (command.starts_with("STAT"))
        return test::HostilePop3::Scripted{"+OK " + std::to_string(server->maildrop.size()) + " " +
                                           std::to_string(5000 + lists_) + "\r\n"};
      return std::nullopt;
    };
  }
  std::size_t lists_ = 0;
};

TEST_F(Sizes, ThatVaryCostHeadersTwiceAndNoBodies) {  // R6
  for (int i = 0; i < 6; ++i) arrive_as_mail("id-" + std::to_string(i));
  (void)poll();
  vary();
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(stored(), upstream());
  EXPECT_EQ(server->count("RETR"), 6U);
  EXPECT_EQ(server->count("TOP"), 12U);
}

TEST_F(Sizes, ThatVaryCostBodiesTwiceWhereHeadersAreNotShown) {  // R6
  without_top();
  for (int i = 0; i < 6; ++i) arrive_as_mail("id-" + std::to_string(i));
  (void)poll();
  vary();
  for (int i = 0; i < 4; ++i) (void)poll();
  const std::size_t before = server->count("RETR");
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(stored(), upstream());
  EXPECT_EQ(server->count("RETR"), before);
}

TEST_F(Sizes, ThatVaryWithoutIdsCostHeadersTwiceAndNoBodies) {  // D1, R6
  server->quirks.instead["UIDL"] = "-ERR what\r\n";
  for (int i = 0; i < 6; ++i) arrive_as_mail("");
  (void)poll();
  vary();
  for (int i = 0; i < 6; ++i) {
    const PollResult result = poll_after_restart();
    EXPECT_FALSE(result.trouble);
    EXPECT_EQ(result.note.find("downloads all"), std::string::npos);
  }
  EXPECT_EQ(stored(), upstream());
  EXPECT_EQ(server->count("RETR"), 6U);
  EXPECT_EQ(server->count("TOP"), 12U + 4U);  // then that of the last one
  arrive_as_mail("");
  server->maildrop.erase(server->maildrop.begin());
  const std::size_t before = stored().size();
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(poll_after_restart().trouble);
  EXPECT_EQ(stored().size(), before + 1);
  // The new one, and it before, since it stood in the last place.
  EXPECT_LE(server->count("RETR"), 9U);
}

TEST_F(Sizes, ThatVaryWithoutIdsAndHeadersCostBodiesForAWhileAndAreExplained) {  // D1, R6
  server->quirks.instead["UIDL"] = "-ERR what\r\n";
  without_top();
  for (int i = 0; i < 6; ++i) arrive_as_mail("");
  (void)poll();
  vary();
  bool explained = false;
  for (int i = 0; i < 4; ++i)
    explained = poll_after_restart().note.contains("downloads all") || explained;
  EXPECT_TRUE(explained);
  const std::size_t before = server->count("RETR");
  for (int i = 0; i < 3; ++i) {
    const PollResult result = poll_after_restart();
    EXPECT_FALSE(result.trouble);
    EXPECT_EQ(result.note, "");
  }
  EXPECT_EQ(stored(), upstream());
  EXPECT_EQ(server->count("RETR"), before + 3);  // the last one, to look at it
}

TEST_F(Sizes, ThatVaryAreNoNews) {
  without_top();
  for (int i = 0; i < 3; ++i) arrive_as_mail("id-" + std::to_string(i));
  EXPECT_EQ(poll().news, 3U);
  vary();
  const PollResult second = poll();
  EXPECT_NE(second.fetched, 0U);
  EXPECT_EQ(second.news, 0U);
}

/// A message beyond the limit on a server that shows no headers.
class TooLarge : public Identity {
 protected:
  void SetUp() override {
    Identity::SetUp();
    message_limit = 10'000;
  }
  void large_one_arrives() { arrive_as_mail("large", std::string(20'000, 'x') + "\r\n"); }
  [[nodiscard]] std::size_t placeholders() const {
    const auto here = stored();
    return static_cast<std::size_t>(std::ranges::count_if(here, [](const std::string& octets) {
      return octets.find("[too large]") != std::string::npos;
    }));
  }
};

TEST_F(TooLarge, HasOnePlaceholderWithoutIdsAndHeaders) {  // R15, I2
  without_top();
  server->quirks.instead["UIDL"] = "-ERR what\r\n";
  for (int i = 0; i < 4; ++i) arrive_as_mail("");
  large_one_arrives();
  for (int i = 0; i < 2; ++i) (void)poll();
  EXPECT_EQ(placeholders(), 1U);
  const std::size_t before = server->count("RETR");
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(poll_after_restart().trouble);
  EXPECT_EQ(placeholders(), 1U);
  EXPECT_THAT(stored(), SizeIs(5));
  EXPECT_LE(server->count("RETR"), before + 3);  // the last one that can be looked at
  expunge(5);
  arrive_as_mail("");
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(poll_after_restart().trouble);
  EXPECT_EQ(placeholders(), 0U);
  EXPECT_THAT(stored(), SizeIs(5));
}

TEST_F(TooLarge, HasOnePlaceholderWhenTheOrderTellsNothing) {  // R15, I2
  without_top();
  server->quirks.instead["UIDL"] = "-ERR what\r\n";
  for (int i = 0; i < 4; ++i) arrive_as_mail("");
  large_one_arrives();
  for (int i = 0; i < 2; ++i) (void)poll();
  server->maildrop.erase(server->maildrop.begin());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(placeholders(), 1U);
  EXPECT_THAT(stored(), SizeIs(5));
}

TEST_F(TooLarge, AppearsWhereIdsAreOthersAtEachLogin) {  // R15, D6
  without_top();
  int logins = 0;
  for (int i = 0; i < 3; ++i) arrive_as_mail("id-" + std::to_string(i));
  server->quirks.on_login = [&](test::HostilePop3& there) {
    ++logins;
    for (auto& message : there.maildrop) message.uidl += "x";
  };
  (void)poll();
  large_one_arrives();
  (void)poll();
  EXPECT_EQ(placeholders(), 1U);
  const int before = logins;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(logins, before + 3);
  EXPECT_EQ(placeholders(), 1U);
  EXPECT_THAT(stored(), SizeIs(4));
}

}  // namespace
}  // namespace postern::engine
