// What is gone upstream, what a dry run tells, and a maildrop that moved to another name.

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/sync_fixture.h"

namespace postern::engine {
namespace {

using config::GoneUpstream;
using config::KeepOnServer;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Action = PreviewItem::Action;

class Mirror : public SyncTest {
 protected:
  void SetUp() override {
    SyncTest::SetUp();
    source.gone_upstream = GoneUpstream::trash;
    source.gone_upstream_after = std::chrono::seconds(0);
  }
  void vanish(std::size_t count) {
    auto& maildrop = server->maildrop;
    maildrop.erase(maildrop.begin(), maildrop.begin() + static_cast<std::ptrdiff_t>(count));
  }
  [[nodiscard]] std::uint32_t trash() const { return mailbox("Trash")->latest()->size(); }
  [[nodiscard]] std::uint32_t inbox() const { return mailbox("INBOX")->latest()->size(); }
};

TEST_F(Mirror, MovesToTheTrashAfterThreeGoodListings) {
  fill(20);
  (void)poll();
  const std::string gone = server->maildrop[0].octets;
  vanish(1);
  for (int listings = 1; listings <= 2; ++listings) {
    EXPECT_THAT(poll().note, HasSubstr("1 messages are gone upstream; they move to the Trash"));
    EXPECT_EQ(trash(), 0U);
  }
  const PollResult third = poll();
  EXPECT_EQ(third.trashed, 1U);
  EXPECT_EQ(trash(), 1U);
  EXPECT_EQ(inbox(), 19U);
  EXPECT_EQ(octets(mailbox("Trash")->latest()->at(SeqNum(1)).body), gone);
  EXPECT_EQ(poll().trashed, 0U);
  EXPECT_EQ(server->count("DELE"), 0U);
}

TEST_F(Mirror, KeepsWhatTheOperatorKeeps) {
  source.gone_upstream = GoneUpstream::keep;
  fill(20);
  (void)poll();
  vanish(1);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(poll().trashed, 0U);
  // Nor does a change of mind reach back.
  source.gone_upstream = GoneUpstream::trash;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(poll().trashed, 0U);
  EXPECT_EQ(inbox(), 20U);
  vanish(1);
  for (int i = 0; i < 3; ++i) (void)poll();
  EXPECT_EQ(trash(), 1U);
}

TEST_F(Mirror, BelievesNoBadListing) {  // D20, D11, R4
  struct {
    const char* name;
    void (*set)(test::HostilePop3& server);
  } const rows[] = {
      {"empty", [](auto& s) { s.maildrop.clear(); }},
      {"STAT 0", [](auto& s) { s.quirks.instead["STAT"] = "+OK 0 0\r\n"; }},
      {"STAT of more", [](auto& s) { s.quirks.instead["STAT"] = "+OK 20 2000\r\n"; }},
      {"UIDL fails", [](auto& s) { s.quirks.instead["UIDL"] = "-ERR what\r\n"; }},
      {"UIDL is short", [](auto& s) { s.quirks.instead["UIDL"] = "+OK\r\n1 uidl-2\r\n.\r\n"; }},
      {"UIDL is empty", [](auto& s) { s.quirks.instead["UIDL"] = "+OK\r\n.\r\n"; }},
      {"one cannot be fetched",
       [](auto& s) {
         s.maildrop.push_back({"broken", store::message("x")});
         s.quirks.instead["RETR 20"] = "-ERR no\r\n";
       }},
      {"lost too much",
       [](auto& s) { s.maildrop.erase(s.maildrop.begin(), s.maildrop.begin() + 15); }},
  };
  for (const auto& row : rows) {
    start_over();
    fill(20);
    (void)poll();
    vanish(1);
    row.set(*server);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(poll().trashed, 0U) << row.name;
    EXPECT_EQ(trash(), 0U) << row.name;
  }
}

TEST_F(Mirror, WhatComesBackBeginsAnew) {
  fill(20);
  (void)poll();
  const auto first = server->maildrop[0];
  vanish(1);
  (void)poll();
  (void)poll();
  server->maildrop.push_back(first);
  (void)poll();
  EXPECT_EQ(inbox(), 20U);  // and not twice
  server->maildrop.pop_back();
  (void)poll();
  (void)poll();
  EXPECT_EQ(trash(), 0U);
  (void)poll();
  EXPECT_EQ(trash(), 1U);
}

TEST_F(Mirror, WaitsForTheOperatorIfManyAreGone) {
  fill(20);
  (void)poll();
  vanish(3);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(poll().trashed, 0U);
  EXPECT_EQ(poll().unconfirmed, 3U);
  wish = PollWish::dry_run;
  EXPECT_EQ(poll().unconfirmed, 3U);
  wish = PollWish::confirm_removals;
  const PollResult confirmed = poll();
  EXPECT_EQ(confirmed.trashed, 3U);
  EXPECT_EQ(confirmed.unconfirmed, 0U);
  EXPECT_EQ(trash(), 3U);
  EXPECT_EQ(inbox(), 17U);
}

TEST_F(Mirror, LeavesWhatSomebodyFiled) {
  fill(20);
  (void)poll();
  store::write(*account, [&](store::Transaction& t) {
    return t.move(id("INBOX"), store::uids({1}), id("Archive"));
  });
  vanish(1);
  for (int i = 0; i < 4; ++i) (void)poll();
  EXPECT_EQ(trash(), 0U);
  EXPECT_EQ(mailbox("Archive")->latest()->size(), 1U);
}

TEST_F(Mirror, MakesATrashIfThereIsNone) {
  store::write(*account, [](store::Transaction& t) { return t.delete_mailbox("Trash"); });
  fill(20);
  (void)poll();
  vanish(1);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(trash(), 1U);
}

/// Whether anything in the account differs.
struct Picture {
  std::vector<std::string> bodies;
  std::vector<std::string> origins;
  friend bool operator==(const Picture&, const Picture&) = default;
};

class DryRun : public Mirror {
 protected:
  [[nodiscard]] Picture picture() const {
    Picture picture{stored(), {}};
    for (const store::Origin& one : origins())
      picture.origins.push_back(one.uidl + " " + std::to_string(static_cast<int>(one.state)) + " " +
                                std::to_string(one.lacking));
    return picture;
  }
};

TEST_F(DryRun, TellsAllAndChangesNothing) {
  source.keep_on_server = {KeepOnServer::Rule::until_deleted, {}};
  fill(20);
  (void)poll();
  vanish(1);
  (void)poll();
  (void)poll();
  expunge(5);
  arrive("new");
  const Picture before = picture();
  const std::size_t quits = server->quits;
  wish = PollWish::dry_run;
  auto failing = std::make_shared<FailingAccount>(account, 0);
  for (int i = 0; i < 2; ++i) {
    const PollResult result = poll(failing);
    ASSERT_FALSE(result.trouble) << result.trouble->detail;
    ASSERT_TRUE(result.preview);
    const auto& items = result.preview->items;
    ASSERT_THAT(items, SizeIs(3));
    EXPECT_EQ(items[0].action, Action::fetch);
    EXPECT_EQ(items[0].uidl, "new");
    EXPECT_EQ(items[1].action, Action::delete_there);
    EXPECT_EQ(items[1].uidl, "uidl-5");
    EXPECT_EQ(items[2].action, Action::trash_here);
    EXPECT_EQ(items[2].uidl, "uidl-1");
  }
  EXPECT_EQ(failing->writes, 0U);
  EXPECT_EQ(picture(), before);
  EXPECT_EQ(server->count("DELE"), 0U);
  EXPECT_EQ(server->count("RETR"), 20U);
  EXPECT_EQ(server->quits, quits + 2);
  EXPECT_EQ(server->maildrop.size(), 20U);
  // And then it is done as it was told.
  wish = PollWish::none;
  const PollResult result = poll();
  EXPECT_EQ(result.fetched, 1U);
  EXPECT_EQ(result.trashed, 1U);
  EXPECT_EQ(server->count("DELE"), 1U);
}

TEST_F(DryRun, OfTheFirstSync) {
  source.keep_on_server = {KeepOnServer::Rule::never, {}};
  fill(3);
  wish = PollWish::dry_run;
  auto failing = std::make_shared<FailingAccount>(account, 0);
  const PollResult result = poll(failing);
  ASSERT_TRUE(result.preview);
  EXPECT_THAT(result.preview->items, SizeIs(3));
  EXPECT_THAT(origins(), IsEmpty());
  EXPECT_EQ(failing->writes, 0U);
}

TEST_F(DryRun, SaysNoGoodByeAfterItLookedAtABody) {  // D21: QUIT hides what was fetched
  for (const char* verb : {"UIDL", "TOP"}) server->quirks.instead[verb] = "-ERR what\r\n";
  for (int i = 0; i < 3; ++i) arrive_as_mail("");
  (void)poll();
  const std::size_t quits = server->quits;
  server->quirks.popped_vanish = true;
  wish = PollWish::dry_run;
  EXPECT_TRUE(poll().preview);
  EXPECT_EQ(server->count("RETR"), 4U);
  EXPECT_EQ(server->quits, quits);
  EXPECT_EQ(server->maildrop.size(), 3U);
}

class Moved : public SyncTest {
 protected:
  /// The provider has another name now; the same maildrop.
  void rename() { source.username = "anna@example.org"; }
};

TEST_F(Moved, IsRecognisedByItsIdsAndAMessage) {
  source.keep_on_server = {KeepOnServer::Rule::until_deleted, {}};
  for (int i = 0; i < 5; ++i) arrive_as_mail("id-" + std::to_string(i));
  (void)poll();
  expunge(1);
  const auto here = stored();
  rename();
  arrive_as_mail("new");
  const PollResult result = poll();
  EXPECT_EQ(result.fetched, 1U);
  EXPECT_THAT(result.note, HasSubstr("this is the mailbox that was pop3://anna@127.0.0.1"));
  EXPECT_EQ(server->count("RETR"), 6U);
  EXPECT_THAT(stored(), SizeIs(5));
  (void)poll();
  EXPECT_EQ(server->count("DELE"), 1U);  // the tombstone went along
  EXPECT_EQ(stored(), upstream());
}

TEST_F(Moved, WithOtherIds) {
  for (const bool top : {true, false}) {
    start_over();
    source.username = "anna";
    for (int i = 0; i < 5; ++i) arrive_as_mail("id-" + std::to_string(i));
    (void)poll();
    expunge(1);
    const auto here = stored();
    rename();
    for (auto& message : server->maildrop) message.uidl += "x";
    if (!top) server->quirks.instead["TOP"] = "-ERR what\r\n";
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(poll().trouble);
    EXPECT_EQ(stored(), here) << top;
    EXPECT_EQ(origins().size(), 5U) << top;
    // Where TOP does not work, three are looked at, and all are fetched once more.
    EXPECT_EQ(server->count("RETR"), top ? 5U : 13U) << top;
  }
}

TEST_F(Moved, IsNotTakenForAnother) {
  for (int i = 0; i < 3; ++i) arrive_as_mail("id-" + std::to_string(i));
  (void)poll();
  const std::string former = source.key();
  rename();
  server->maildrop.clear();
  for (int i = 0; i < 3; ++i) arrive_as_mail("id-" + std::to_string(i));
  (void)poll();
  EXPECT_THAT(stored(), SizeIs(6));
  EXPECT_THAT(origins(), SizeIs(3));
}

TEST_F(Moved, IsNotTakenFromOneThatIsStillThere) {
  for (int i = 0; i < 3; ++i) arrive_as_mail("id-" + std::to_string(i));
  (void)poll();
  configured = {source.key()};
  rename();
  (void)poll();
  EXPECT_THAT(stored(), SizeIs(6));
}

TEST_F(Moved, IsNotTakenFromOneThatIsWrittenMeanwhile) {
  for (int i = 0; i < 3; ++i) arrive_as_mail("id-" + std::to_string(i));
  (void)poll();
  const std::string former = source.key();
  rename();
  server->script = [&](const std::string& command, const net::Stream&) {
    if (command.starts_with("TOP")) configured = {former};
    return std::optional<test::HostilePop3::Scripted>();
  };
  (void)poll();
  EXPECT_THAT(stored(), SizeIs(6));
}

TEST_F(Moved, IsNotTakenFromOneThatSharesAMessage) {  // I1
  for (int i = 0; i < 5; ++i) arrive_as_mail("b-" + std::to_string(i));
  const auto to_both = server->maildrop.back();
  (void)poll();
  rename();
  server->maildrop = {{"c-1", to_both.octets}};
  arrive_as_mail("c-2");
  (void)poll();
  EXPECT_THAT(origins(), SizeIs(2));
  EXPECT_THAT(stored(), SizeIs(7));
}

TEST_F(Moved, DeletesNothingBeforeAFullSyncUnderTheNewName) {  // R20
  for (int i = 0; i < 3; ++i) arrive_as_mail("id-" + std::to_string(i));
  (void)poll();
  ASSERT_TRUE(record().full_sync);
  rename();
  source.keep_on_server = {config::KeepOnServer::Rule::never, {}};
  arrive_as_mail("refused");
  server->quirks.instead["RETR 4"] = "-ERR [SYS/TEMP] later\r\n";
  (void)poll();
  EXPECT_FALSE(record().full_sync);
  EXPECT_EQ(server->count("DELE"), 0U);
}

TEST_F(Moved, ADryRunTellsOfIt) {
  for (int i = 0; i < 3; ++i) arrive_as_mail("id-" + std::to_string(i));
  (void)poll();
  const auto key = source.key();
  rename();
  wish = PollWish::dry_run;
  const PollResult result = poll(std::make_shared<FailingAccount>(account, 0));
  ASSERT_TRUE(result.preview);
  EXPECT_THAT(result.preview->items, IsEmpty());
  EXPECT_THAT(result.preview->note, HasSubstr(key));
  EXPECT_THAT(origins(), IsEmpty());
}

}  // namespace
}  // namespace postern::engine
