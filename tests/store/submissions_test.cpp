// The queue of messages that wait to be sent, as the mailboxes show it.

#include <array>

#include "sync/store/backup.h"
#include "tests/store/earlier_schema.h"
#include "tests/store/sending_fixture.h"

namespace postern::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Submissions : public Sending {};

TEST_F(Submissions, AreShownInOutboxAndQueuedInOneWrite) {
  const Submission made = submit(letter("1@example.org"), {"b@example.net", "c@example.net"});
  EXPECT_EQ(made.mailbox, id("Outbox"));
  EXPECT_TRUE(account->tree()->subscribed("Outbox"));
  EXPECT_EQ(account->tree()->find("Outbox")->special_use, SpecialUse::none);
  EXPECT_EQ(entry("Outbox", 1).flags.system, seen);
  EXPECT_EQ(entry("Outbox", 1).date.seconds, at.time_since_epoch().count());
  EXPECT_EQ(octets(made.body), letter("1@example.org"));
  open();
  ASSERT_THAT(queue(), ElementsAre(made));
  const NewSubmission& kept = made;
  EXPECT_EQ(kept, to({"b@example.net", "c@example.net"}));
  EXPECT_EQ(read(*account, [&](Reader& r) { return r.submission(made.id); }), made);
  expect_well();
}

TEST_F(Submissions, WithoutRecipientsAreRefusedAndLeaveNothing) {
  const auto refused = write(*account, [&](Transaction& t) {
    NewBody arrived = body(letter("1"));
    return t.submit(arrived, to({}));
  });
  EXPECT_EQ(refused.error(), Refusal::cannot);
  EXPECT_EQ(id("Outbox"), MailboxId(0));
}

TEST_F(Submissions, ThatAreDueFirstComeFirst) {
  const Submission first = submit(letter("1@example.org"));
  const Submission second = submit(letter("2@example.org"));
  ASSERT_TRUE(begin(first.id));
  const auto all = queue();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].id, second.id);
  EXPECT_EQ(all[1].attempts, 1U);
  EXPECT_EQ(all[1].due, at + hour);
}

TEST_F(Submissions, KeepWhatEachRecipientWasAnswered) {  // E16
  const Submission made =
      submit(letter("1@example.org"), {"b@example.net", "c@example.net", "d@example.net"});
  ASSERT_TRUE(begin(made.id));
  ASSERT_TRUE(final_dot(made.id));
  const auto settled = settle(made, {State::sent, State::failed, State::due});
  ASSERT_TRUE(settled);
  EXPECT_FALSE(settled->done);
  ASSERT_TRUE(settled->sent);
  EXPECT_EQ(settled->sent->uid, Uid(1));
  open();
  const auto all = queue();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].recipients, outcome(made, {State::sent, State::failed, State::due}).recipients);
  EXPECT_EQ(all[0].problem, "450 Later");
  EXPECT_EQ(all[0].due, at + 2 * hour);
  EXPECT_EQ(all[0].certainty, Certainty::certain);
  EXPECT_TRUE(all[0].filed);
  EXPECT_THAT(shown("Outbox"), ElementsAre(1));
  EXPECT_THAT(shown("Sent"), ElementsAre(1));

  // The rest is sent later: there is a copy already.
  const auto rest = settle(made, {State::sent, State::failed, State::sent});
  ASSERT_TRUE(rest);
  EXPECT_TRUE(rest->done);
  EXPECT_FALSE(rest->sent);
  EXPECT_THAT(queue(), IsEmpty());
  EXPECT_THAT(shown("Outbox"), IsEmpty());
  EXPECT_THAT(shown("Sent"), ElementsAre(1));
  expect_well();
}

TEST_F(Submissions, ThatWereSentAreFiledWithoutCopyingOctets) {
  const Submission made = submit(letter("1@example.org"));
  const auto settled = settle(made, {State::sent});
  ASSERT_TRUE(settled && settled->done && settled->sent);
  EXPECT_EQ(settled->sent->uid_validity, account->tree()->find("Sent")->uid_validity);
  EXPECT_EQ(entry("Sent", 1).body, made.body);
  EXPECT_EQ(entry("Sent", 1).flags.system, seen);
  EXPECT_EQ(octets(made.body), letter("1@example.org"));
  EXPECT_THAT(shown("Outbox"), IsEmpty());
}

TEST_F(Submissions, ThatAllRefusedAreNotFiledAndTheReportComesInTheSameWrite) {  // E16
  const Submission made = submit(letter("1@example.org"), {"b@example.net", "c@example.net"});
  int commits = 0;
  const Subscription subscription = account->subscribe([&] { ++commits; });
  const auto done = write(*account, [&](Transaction& t) -> Result<Settled> {
    const auto settled = t.settle(made.id, outcome(made, {State::failed, State::failed}));
    NewBody report = body(message("Not delivered"));
    if (auto appended = t.append(id("INBOX"), report, {}, {}); !appended)
      return std::unexpected(appended.error());
    return settled;
  });
  ASSERT_TRUE(done && done->done);
  EXPECT_FALSE(done->sent);
  EXPECT_EQ(commits, 1);
  EXPECT_THAT(shown("INBOX"), ElementsAre(1));
  EXPECT_THAT(shown("Outbox"), IsEmpty());
  EXPECT_THAT(shown("Sent"), IsEmpty());
  EXPECT_THAT(queue(), IsEmpty());
}

TEST_F(Submissions, AtTheFinalDotAreUnknownUntilTheyAreSettled) {  // E15, R16
  const Submission made = submit(letter("1@example.org"));
  ASSERT_TRUE(begin(made.id));
  EXPECT_EQ(queue()[0].certainty, Certainty::certain);
  ASSERT_TRUE(final_dot(made.id));
  open();  // the process ended there
  EXPECT_EQ(queue()[0].certainty, Certainty::unknown);
  EXPECT_EQ(queue()[0].message_id, "<1@example.org>");
  ASSERT_TRUE(begin(made.id));
  EXPECT_EQ(queue()[0].certainty, Certainty::unknown) << "it may have been sent all the same";
  ASSERT_TRUE(settle(made, {State::due}));
  EXPECT_EQ(queue()[0].certainty, Certainty::certain);
  EXPECT_EQ(queue()[0].attempts, 2U);
}

TEST_F(Submissions, WithALostAnswerCanStayUnknown) {  // E15
  const Submission made = submit(letter("1@example.org"));
  ASSERT_TRUE(begin(made.id));
  ASSERT_TRUE(final_dot(made.id));
  Settlement lost = outcome(made, {State::due});
  lost.certainty = Certainty::unknown;
  ASSERT_TRUE(write(*account, [&](Transaction& t) { return t.settle(made.id, lost); }));
  EXPECT_EQ(queue()[0].certainty, Certainty::unknown);
  remove("Outbox", UidSet::all());
  EXPECT_THAT(queue(), IsEmpty()) << "no attempt is under way";
}

TEST_F(Submissions, AreSettledForTheirOwnRecipientsOnly) {
  const Submission made = submit(letter("1@example.org"), {"b@example.net", "c@example.net"});
  Settlement other = outcome(made, {State::sent, State::sent});
  std::swap(other.recipients[0], other.recipients[1]);
  const auto refused = write(*account, [&](Transaction& t) { return t.settle(made.id, other); });
  EXPECT_EQ(refused.error(), Refusal::cannot);
  EXPECT_THAT(queue(), ElementsAre(made));
}

TEST_F(Submissions, AreNeverGivenAnIdTwice) {
  const Submission first = submit(letter("1@example.org"));
  remove("Outbox", UidSet::all());
  EXPECT_GT(submit(letter("2@example.org")).id, first.id);
}

struct Way {
  const char* name;
  void (*leave)(Transaction&, MailboxId outbox, MailboxId trash);
};

class Cancelled : public Submissions, public testing::WithParamInterface<Way> {
 protected:
  void leave() {
    const MailboxId outbox = id("Outbox");
    const MailboxId trash = id("Trash");
    write(*account, [&](Transaction& t) { GetParam().leave(t, outbox, trash); });
  }
};

TEST_P(Cancelled, IsWhatLeavesOutbox) {
  const Submission made = submit(letter("1@example.org"));
  ASSERT_TRUE(begin(made.id));
  leave();
  EXPECT_THAT(queue(), IsEmpty());
  EXPECT_FALSE(begin(made.id));
  EXPECT_EQ(final_dot(made.id).error(), Refusal::nonexistent);
  EXPECT_EQ(settle(made, {State::sent}).error(), Refusal::nonexistent);
  EXPECT_THAT(shown("Sent"), IsEmpty());
  expect_well();
}

TEST_P(Cancelled, AtTheFinalDotIsStillSettled) {
  const Submission made = submit(letter("1@example.org"));
  ASSERT_TRUE(begin(made.id));
  ASSERT_TRUE(final_dot(made.id));
  leave();
  any_commit();
  account->close();
  open();
  ASSERT_THAT(queue(), SizeIs(1));
  EXPECT_EQ(queue()[0].uid, Uid(0));
  EXPECT_EQ(octets(queue()[0].body), letter("1@example.org"));
  expect_well();
  const auto settled = settle(made, {State::sent});
  ASSERT_TRUE(settled && settled->done && settled->sent);
  EXPECT_THAT(queue(), IsEmpty());
  EXPECT_EQ(octets(entry("Sent", settled->sent->uid.value).body), letter("1@example.org"));
  expect_well();
}

TEST_P(Cancelled, AtTheFinalDotIsNotTriedAgain) {
  const Submission made = submit(letter("1@example.org"), {"b@example.net", "c@example.net"});
  for (const bool settled : {true, false}) {
    const Submission one = submit(letter("2@example.org"));
    ASSERT_TRUE(begin(one.id));
    ASSERT_TRUE(final_dot(one.id));
    leave();
    if (settled) {
      EXPECT_TRUE(settle(one, {State::due})->done);
    } else {
      EXPECT_FALSE(begin(one.id));
    }
    EXPECT_THAT(queue(), IsEmpty());
    EXPECT_THAT(shown("Sent"), IsEmpty());
  }
  account->close();
  open();
  expect_well();
}

constexpr std::array ways = {
    Way{"Expunge",
        [](Transaction& t, MailboxId outbox, MailboxId) {
          static_cast<void>(
              t.store_flags(outbox, UidSet::all(), FlagChange::add, {.system = 8, .keywords = {}}));
          EXPECT_TRUE(t.expunge(outbox, UidSet::all()));
        }},
    Way{"Move", [](Transaction& t, MailboxId outbox,
                   MailboxId trash) { EXPECT_TRUE(t.move(outbox, UidSet::all(), trash)); }},
    Way{"DeleteMailbox",
        [](Transaction& t, MailboxId, MailboxId) { EXPECT_TRUE(t.delete_mailbox("Outbox")); }},
    Way{"RenameMailbox",
        [](Transaction& t, MailboxId, MailboxId) {
          static_cast<void>(t.delete_mailbox("Elsewhere"));
          EXPECT_TRUE(t.rename_mailbox("Outbox", "Elsewhere"));
        }},
};

INSTANTIATE_TEST_SUITE_P(Ways, Cancelled, testing::ValuesIn(ways),
                         [](const auto& way) { return std::string(way.param.name); });

TEST_F(Submissions, ARefusedWriteCancelsNothing) {
  const Submission made = submit(letter("1@example.org"));
  const auto refused = write(*account, [&](Transaction& t) -> Result<void> {
    EXPECT_TRUE(t.delete_mailbox("Outbox"));
    return std::unexpected(Refusal::limit);
  });
  EXPECT_FALSE(refused);
  EXPECT_THAT(queue(), ElementsAre(made));
}

TEST_F(Submissions, WhatComesToOutboxOtherwiseIsNotQueued) {
  const Submission made = submit(letter("1@example.org"));
  ASSERT_TRUE(append_by_client("Outbox", letter("2@example.org")));
  ASSERT_TRUE(append("INBOX", letter("3@example.org")));
  write(*account, [&](Transaction& t) {
    EXPECT_TRUE(t.copy(id("INBOX"), UidSet::all(), id("Outbox")));
    EXPECT_TRUE(t.copy(id("Outbox"), uids({1}), id("Outbox")));
  });
  EXPECT_THAT(shown("Outbox"), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(queue(), ElementsAre(made));
  remove("Outbox", uids({2, 3, 4}));
  EXPECT_THAT(queue(), ElementsAre(made));
}

TEST_F(Submissions, OfARestoredBackupMayHaveBeenSent) {  // E15
  const Submission made = submit(letter("1@example.org"));
  const auto backup = folder.path() / "backup";
  ASSERT_TRUE(back_up(file(), backup, "anna", [](const Progress&) {}));
  ASSERT_TRUE(settle(made, {State::sent})->done);
  account.reset();
  ASSERT_TRUE(restore(backup, folder.path() / "anna", Replace::yes, [](const Progress&) {}));
  open();
  ASSERT_THAT(queue(), SizeIs(1));
  Submission expected = made;
  expected.certainty = Certainty::unknown;
  EXPECT_EQ(queue()[0], expected);
  expect_well();
}

TEST_F(Submissions, AFileOfAnEarlierSchemaGetsAQueue) {
  ASSERT_TRUE(append("Sent", letter("1@example.org")));
  change(back_to_schema(5).c_str());
  EXPECT_THAT(queue(), IsEmpty());
  const Submission made = submit(letter("2@example.org"));
  EXPECT_THAT(queue(), ElementsAre(made));
  EXPECT_THAT(shown("Sent"), ElementsAre(1));
  expect_well();
}

TEST_F(Submissions, WhatSentCannotTakeStaysInOutbox) {
  const Submission made = submit(letter("1@example.org"));
  change("UPDATE mailbox SET uid_next = 4294967295 WHERE name = 'Sent'");
  const auto settled = settle(made, {State::sent});
  ASSERT_TRUE(settled && settled->done);
  EXPECT_FALSE(settled->sent);
  EXPECT_THAT(queue(), IsEmpty());
  EXPECT_THAT(shown("Outbox"), ElementsAre(1));
}

TEST_F(Submissions, MakeSentIfItIsMissing) {
  write(*account, [](Transaction& t) { EXPECT_TRUE(t.delete_mailbox("Sent")); });
  ASSERT_TRUE(settle(submit(letter("1@example.org")), {State::sent}));
  EXPECT_EQ(account->tree()->find("Sent")->special_use, SpecialUse::sent);
  EXPECT_TRUE(account->tree()->subscribed("Sent"));
  write(*account, [](Transaction& t) { EXPECT_TRUE(t.rename_mailbox("Sent", "Gesendet")); });
  ASSERT_TRUE(settle(submit(letter("2@example.org")), {State::sent}));
  EXPECT_THAT(shown("Gesendet"), ElementsAre(1, 2));
  EXPECT_EQ(id("Sent"), MailboxId(0));
}

TEST_F(Submissions, AreFoundByMessageId) {
  ASSERT_TRUE(append("INBOX", letter("1@example.org")));
  ASSERT_TRUE(append("Archive", letter("1@example.org")));
  ASSERT_TRUE(append("INBOX", letter("2@example.org", "References: <1@example.org>\r\n")));
  ASSERT_TRUE(append("INBOX", "References: <1@example.org>\r\n\r\nreply\r\n"));
  const auto find = [&](std::vector<std::string> ids) {
    return read(*account, [&](Reader& reader) { return reader.find_by_message_id(ids); });
  };
  using Places = std::vector<std::pair<MailboxId, Uid>>;
  const Places both{{id("INBOX"), Uid(1)}, {id("Archive"), Uid(1)}};
  EXPECT_EQ(find({"1@example.org"}), both);
  EXPECT_EQ(find({"", "2@example.org"}), (Places{{id("INBOX"), Uid(2)}}));
  EXPECT_THAT(find({"3@example.org", ""}), IsEmpty());
  EXPECT_THAT(find({}), IsEmpty());
  // Of bodies whose keys are not filled in yet.
  account.reset();
  {
    Database database(file());
    database.run("DELETE FROM sort_key; INSERT INTO sort_key_lacking SELECT max(id) FROM body");
  }
  open();
  EXPECT_EQ(find({"1@example.org"}), both);
}

}  // namespace
}  // namespace postern::store
