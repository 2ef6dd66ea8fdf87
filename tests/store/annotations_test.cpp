// Annotations of mailboxes and of the account: kept, bounded, and told apart.

#include "sync/store/backup.h"
#include "sync/store/database.h"
#include "sync/store/recent_changes.h"
#include "sync/store/salvage.h"
#include "sync/store/verification.h"
#include "tests/store/store_fixture.h"

namespace postern::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr auto nothing = [](const Progress&) {};

class Annotations : public StoreTest {
 protected:
  using Values = std::vector<std::pair<std::string, std::string>>;

  Result<void> set(MailboxId mailbox, const std::vector<NewAnnotation>& changes) {
    return write(*account, [&](Transaction& t) { return t.set_annotations(mailbox, changes); });
  }
  Values of(MailboxId mailbox) {
    return read(*account, [&](Reader& reader) {
      Values values;
      reader.annotations(mailbox, [&](std::string_view entry, std::string_view value) {
        values.emplace_back(entry, value);
      });
      return values;
    });
  }
  /// What changed since `before`, "mailbox entry" each.
  std::vector<std::string> since(const AnnotationPicture& before) {
    std::vector<std::string> found;
    for (const auto& [mailbox, entry] : changed_annotations(before, *account->annotations()))
      found.push_back(std::to_string(mailbox.value) + " " + entry);
    return found;
  }
};

/// RFC 5464 section 4.1.
TEST_F(Annotations, AreKeptWithTheirMailbox) {
  const std::string octets("a\0b\xff", 4);
  EXPECT_TRUE(set(id("Sent"), {{"/private/comment", octets}, {"/shared/comment", ""}}));
  EXPECT_TRUE(set(whole_account, {{"/private/comment", "mine"}}));
  open();
  EXPECT_THAT(of(id("Sent")),
              ElementsAre(Pair("/private/comment", octets), Pair("/shared/comment", "")));
  EXPECT_THAT(of(whole_account), ElementsAre(Pair("/private/comment", "mine")));
  write(*account, [&](Transaction& t) { return t.rename_mailbox("Sent", "Gone out"); });
  EXPECT_EQ(of(id("Gone out")).size(), 2U);
  const MailboxId gone = id("Gone out");
  write(*account, [&](Transaction& t) { return t.delete_mailbox("Gone out"); });
  EXPECT_THAT(of(gone), IsEmpty());
  EXPECT_EQ(account->annotations()->items.size(), 1U);
  EXPECT_EQ(set(gone, {{"/private/comment", "x"}}).error(), Refusal::nonexistent);
}

TEST_F(Annotations, ArePublishedByNames) {
  const MailboxId sent = id("Sent");
  const std::string name = std::to_string(sent.value) + " /private/";
  const auto start = account->annotations();
  EXPECT_TRUE(set(sent, {{"/private/a", "1"}, {"/private/b", "1"}, {"/private/c", "1"}}));
  EXPECT_THAT(since(*start), ElementsAre(name + "a", name + "b", name + "c"));
  const auto then = account->annotations();
  EXPECT_TRUE(set(sent, {{"/private/a", "1"}, {"/private/b", "2"}, {"/private/c", {}}}));
  EXPECT_TRUE(set(whole_account, {{"/private/none", {}}, {"/private/d", "1"}}));
  EXPECT_THAT(since(*then), ElementsAre("0 /private/d", name + "b", name + "c"));
  EXPECT_THAT(since(*account->annotations()), IsEmpty());
  const auto last = account->annotations();
  open();
  EXPECT_THAT(since(*last), IsEmpty());
}

TEST_F(Annotations, AreSetAllOrNone) {
  std::vector<NewAnnotation> many;
  for (std::size_t i = 0; i < most_annotations; ++i)
    many.push_back({"/private/" + std::to_string(i), "x"});
  EXPECT_TRUE(set(id("Sent"), many));
  const auto before = account->annotations();
  EXPECT_EQ(
      set(id("Sent"),
          {{"/private/0", "other"}, {"/private/1", {}}, {"/shared/x", "x"}, {"/shared/y", "y"}})
          .error(),
      Refusal::limit);
  EXPECT_EQ(of(id("Sent")).size(), most_annotations);
  EXPECT_EQ(of(id("Sent")).front().second, "x");
  EXPECT_THAT(since(*before), IsEmpty());
  EXPECT_TRUE(set(id("Sent"), {{"/private/1", {}}, {"/shared/x", "x"}}));
  EXPECT_TRUE(set(id("INBOX"), many));
}

TEST_F(Annotations, HaveRoomForSoMuchInAnAccount) {
  const std::string value(most_value_octets, 'x');
  std::vector<NewAnnotation> many;
  for (std::size_t i = 0; i < most_annotation_octets / most_value_octets; ++i)
    many.push_back({"/private/" + std::to_string(i), value});
  EXPECT_EQ(set(id("Sent"), many).error(), Refusal::limit);
  many.pop_back();
  EXPECT_TRUE(set(id("Sent"), many));
  EXPECT_EQ(set(id("INBOX"), {{"/private/0", value}}).error(), Refusal::limit);
  EXPECT_TRUE(set(id("Sent"), {{"/private/0", {}}}));
  EXPECT_TRUE(set(id("INBOX"), {{"/private/0", value}}));
}

TEST_F(Annotations, ComeBackWithABackup) {
  EXPECT_TRUE(set(id("Sent"), {{"/private/comment", "mine"}}));
  const auto backup = folder.path() / "anna.backup";
  ASSERT_TRUE(back_up(folder.path() / "anna/mail.db", backup, "anna", nothing).has_value());
  Database copy(backup);
  EXPECT_EQ(copy.text("SELECT value FROM annotation"), "mine");
}

TEST_F(Annotations, OutliveASalvage) {
  EXPECT_TRUE(set(id("Sent"), {{"/private/comment", "mine"}}));
  EXPECT_TRUE(set(whole_account, {{"/private/comment", "all"}}));
  account->close();
  account.reset();
  ASSERT_TRUE(salvage(folder.path() / "anna", nothing).has_value());
  open();
  EXPECT_THAT(of(id("Sent")), ElementsAre(Pair("/private/comment", "mine")));
  EXPECT_THAT(of(whole_account), ElementsAre(Pair("/private/comment", "all")));
}

TEST(RecentChanges, TellWhatHappenedSinceSomebodyLooked) {
  RecentChanges changes;
  const auto seen = [&](RecentChanges::Mark mark) {
    std::vector<std::pair<std::int64_t, int>> all;
    for (const auto& [mailbox, what] : changes.since(mark).changes)
      all.emplace_back(mailbox.value, what);
    return all;
  };
  changes.note(MailboxId(1), messages_added);
  changes.note(MailboxId(2), flags_changed);
  const auto mark = changes.since(0).now;
  EXPECT_THAT(seen(0), ElementsAre(Pair(2, 4), Pair(1, 1)));
  EXPECT_THAT(seen(mark), IsEmpty());
  changes.note(MailboxId(1), messages_removed);
  changes.note(MailboxId(3), messages_added);
  changes.note(MailboxId(1), flags_changed);
  EXPECT_THAT(seen(mark), ElementsAre(Pair(1, 6), Pair(3, 1)));
  changes.forget(MailboxId(1));
  EXPECT_THAT(seen(mark), ElementsAre(Pair(3, 1)));
  EXPECT_THAT(seen(0), ElementsAre(Pair(3, 1), Pair(2, 4)));
}

}  // namespace
}  // namespace postern::store
