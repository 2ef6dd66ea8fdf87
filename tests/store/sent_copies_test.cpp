// One copy in Sent: of what was filed there and what a program appends.

#include "tests/store/sending_fixture.h"

namespace postern::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SentCopies : public Sending {};

TEST_F(SentCopies, TheProgramsCopyIsTheOneThatWasFiled) {
  const auto filed = file_sent(letter("1@example.org"));
  ASSERT_TRUE(filed);
  EXPECT_EQ(entry("Sent", 1).date, (InternalDate{.seconds = 5, .zone_minutes = 60}));
  auto sent = mailbox("Sent");
  const auto before = sent->latest()->head();
  const auto appended = append_by_client("Sent", letter("1@example.org", "Other octets.\r\n"),
                                         {.system = 1 | 4, .keywords = {"blue"}});
  ASSERT_TRUE(appended);
  EXPECT_EQ(appended->uid, filed->uid);
  EXPECT_EQ(appended->uid_validity, filed->uid_validity);
  EXPECT_THAT(shown("Sent"), ElementsAre(1));
  EXPECT_EQ(entry("Sent", 1).flags.system, 1 | 4);
  EXPECT_EQ(sent->latest()->head().uid_next, before.uid_next);
  EXPECT_EQ(sent->latest()->head().highest_mod_seq, before.highest_mod_seq.next());
  // The next one that is the same is another message.
  EXPECT_EQ(append_by_client("Sent", letter("1@example.org"))->uid, Uid(2));
  expect_well();
}

TEST_F(SentCopies, ACopyWithTheSameFlagsChangesNothing) {
  ASSERT_TRUE(file_sent(letter("1@example.org")));
  const auto before = mailbox("Sent")->latest()->head();
  ASSERT_EQ(
      append_by_client("Sent", letter("1@example.org"), {.system = seen, .keywords = {}})->uid,
      Uid(1));
  EXPECT_EQ(mailbox("Sent")->latest()->head().highest_mod_seq, before.highest_mod_seq);
}

TEST_F(SentCopies, TheSameOctetsAreACopyWithoutAnyId) {
  ASSERT_TRUE(file_sent(message("no id")));
  EXPECT_EQ(append_by_client("Sent", message("another"))->uid, Uid(2));
  EXPECT_EQ(append_by_client("Sent", message("no id"))->uid, Uid(1));
}

TEST_F(SentCopies, OfTwoThatWereSentEachHasItsCopy) {
  ASSERT_EQ(file_sent(letter("1@example.org"))->uid, Uid(1));
  ASSERT_EQ(file_sent(letter("1@example.org"))->uid, Uid(2));
  EXPECT_EQ(append_by_client("Sent", letter("1@example.org"))->uid, Uid(1));
  EXPECT_EQ(append_by_client("Sent", letter("1@example.org"))->uid, Uid(2));
  EXPECT_EQ(append_by_client("Sent", letter("1@example.org"))->uid, Uid(3));
}

TEST_F(SentCopies, TheProgramMayBeFirst) {
  ASSERT_EQ(append_by_client("Sent", letter("1@example.org"))->uid, Uid(1));
  EXPECT_EQ(file_sent(letter("1@example.org", "As it went out.\r\n"))->uid, Uid(1));
  EXPECT_EQ(entry("Sent", 1).flags.system, seen);
  EXPECT_EQ(file_sent(letter("1@example.org"))->uid, Uid(2)) << "the copy stands for one";
  ASSERT_EQ(append_by_client("Sent", letter("3@example.org"))->uid, Uid(3));
  const auto settled = settle(submit(letter("3@example.org")), {State::sent});
  EXPECT_EQ(settled->sent->uid, Uid(3));
  EXPECT_THAT(shown("Sent"), ElementsAre(1, 2, 3));
  EXPECT_THAT(shown("Outbox"), IsEmpty());
}

TEST_F(SentCopies, ACopyThatIsGoneIsNone) {
  ASSERT_TRUE(file_sent(letter("1@example.org")));
  remove("Sent", uids({1}));
  EXPECT_EQ(append_by_client("Sent", letter("1@example.org"))->uid, Uid(2));
  write(*account,
        [&](Transaction& t) { EXPECT_TRUE(t.move(id("Sent"), UidSet::all(), id("Archive"))); });
  EXPECT_EQ(file_sent(letter("1@example.org"))->uid, Uid(3));
  ASSERT_TRUE(store("Sent", uids({3}), FlagChange::add, {.system = 8, .keywords = {}}));
  EXPECT_EQ(append_by_client("Sent", letter("1@example.org"))->uid, Uid(4))
      << "it is about to be expunged";
  expect_well();
}

TEST_F(SentCopies, ACopyElsewhereIsNone) {
  ASSERT_TRUE(file_sent(letter("1@example.org")));
  ASSERT_TRUE(append_by_client("Archive", letter("1@example.org")));
  EXPECT_THAT(shown("Archive"), ElementsAre(1));
  EXPECT_EQ(append_by_client("Sent", letter("1@example.org"))->uid, Uid(1));
}

TEST_F(SentCopies, CopiesAreForgottenAfterAWeek) {
  ASSERT_TRUE(file_sent(letter("1@example.org")));
  change("UPDATE sent_copy SET filed_at = filed_at - 7 * 86400");
  EXPECT_EQ(append_by_client("Sent", letter("1@example.org"))->uid, Uid(2));
  account.reset();
  EXPECT_EQ(Database(file()).number("SELECT count(*) FROM sent_copy"), 1);
}

TEST_F(SentCopies, CopiesOfADeletedMailboxAreForgotten) {
  ASSERT_TRUE(file_sent(letter("1@example.org")));
  write(*account, [](Transaction& t) { EXPECT_TRUE(t.delete_mailbox("Sent")); });
  EXPECT_EQ(file_sent(letter("1@example.org"))->uid, Uid(1));
  expect_well();
}

}  // namespace
}  // namespace postern::store
