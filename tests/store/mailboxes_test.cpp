#include <future>
#include <thread>
#include <utility>

#include "tests/store/store_fixture.h"

namespace postern::store {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class Mailboxes : public StoreTest {
 protected:
  Result<MailboxInfo> create(const std::string& name, SpecialUse use = SpecialUse::none) {
    return write(*account, [&](Transaction& t) { return t.create_mailbox(name, use); });
  }
  Result<void> erase(const std::string& name) {
    return write(*account, [&](Transaction& t) { return t.delete_mailbox(name); });
  }
  Result<void> rename(const std::string& from, const std::string& to) {
    return write(*account, [&](Transaction& t) { return t.rename_mailbox(from, to); });
  }
  std::vector<std::string> names() {
    std::vector<std::string> found;
    for (const MailboxInfo& info : account->tree()->mailboxes) found.push_back(info.name);
    return found;
  }
};

TEST_F(Mailboxes, ExistAndAreSubscribedFromTheStart) {
  const auto tree = account->tree();
  EXPECT_THAT(names(), ElementsAre("Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash"));
  for (const MailboxInfo& info : tree->mailboxes) EXPECT_TRUE(tree->subscribed(info.name));
  EXPECT_EQ(tree->find("Archive")->special_use, SpecialUse::archive);
  EXPECT_EQ(tree->find("Drafts")->special_use, SpecialUse::drafts);
  EXPECT_EQ(tree->find("Junk")->special_use, SpecialUse::junk);
  EXPECT_EQ(tree->find("Sent")->special_use, SpecialUse::sent);
  EXPECT_EQ(tree->find("Trash")->special_use, SpecialUse::trash);
  EXPECT_EQ(tree->find("iNbOx")->special_use, SpecialUse::none);
}

// RFC 9051 section 6.3.4
TEST_F(Mailboxes, CreateMakesSuperiorsToo) {
  ASSERT_TRUE(create("a/b/c").has_value());
  EXPECT_NE(id("a"), MailboxId(0));
  EXPECT_NE(id("a/b"), MailboxId(0));
  EXPECT_TRUE(account->tree()->has_children("a/b"));
  EXPECT_FALSE(account->tree()->has_children("a/b/c"));
  EXPECT_FALSE(account->tree()->subscribed("a"));
}

/// Programs ask for the state of all mailboxes: one that was made lately is not read from the disk.
TEST_F(Mailboxes, ANewOneIsInMemory) {
  const auto at_once = [&](const std::string& name) {
    SnapshotPtr latest;
    const auto caller = std::this_thread::get_id();
    std::promise<bool> asked;
    account->open_mailbox(id(name), [&](const Outcome<std::shared_ptr<Mailbox>>& opened) {
      latest = opened.value()->latest();
      asked.set_value(std::this_thread::get_id() == caller);
    });
    const bool by_the_caller = asked.get_future().get();
    return std::pair(by_the_caller, latest->size());
  };
  ASSERT_TRUE(create("One/Two"));
  EXPECT_EQ(at_once("One"), std::pair(true, 0U));
  EXPECT_EQ(at_once("One/Two"), std::pair(true, 0U));
  ASSERT_TRUE(append("One", message("1")));
  ASSERT_TRUE(append("One", message("2")));
  EXPECT_EQ(at_once("One"), std::pair(true, 2U));
  open();
  EXPECT_EQ(at_once("One"), std::pair(false, 2U));
  // One that gets a message in the same transaction.
  write(*account, [&](Transaction& transaction) {
    const auto made = transaction.create_mailbox("Three", SpecialUse::none);
    NewBody arrived = body(message("3"));
    EXPECT_TRUE(transaction.append(made->id, arrived, {}, {}).has_value());
    return 0;
  });
  EXPECT_EQ(at_once("Three").second, 1U);
}

TEST_F(Mailboxes, ASuperiorThatIsMadeGetsItsUsualUse) {
  ASSERT_TRUE(erase("Archive").has_value());
  ASSERT_TRUE(create("Archive/2024").has_value());
  EXPECT_EQ(account->tree()->find("Archive")->special_use, SpecialUse::archive);
}

struct Creation {
  std::string what;
  std::string name;
  Refusal refusal;
};

TEST_F(Mailboxes, CreateRefuses) {  // C21
  for (const Creation& row :
       std::vector<Creation>{{"what exists", "Sent", Refusal::already_exists},
                             {"INBOX in any case", "inbox", Refusal::already_exists},
                             {"nothing", "", Refusal::cannot},
                             {"an empty level", "a//b", Refusal::cannot},
                             {"a leading separator", "/a", Refusal::cannot},
                             {"a trailing separator", "a/", Refusal::cannot},
                             {"NUL", std::string("a\0b", 3), Refusal::cannot},
                             {"a line end", "a\r\nb", Refusal::cannot},
                             {"5000 octets", std::string(5000, 'x'), Refusal::cannot},
                             {"500 levels",
                              [] {
                                std::string name = "x";
                                for (int i = 0; i < 499; ++i) name += "/x";
                                return name;
                              }(),
                              Refusal::cannot}}) {
    SCOPED_TRACE(row.what);
    const auto made = create(row.name);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error(), row.refusal);
  }
  EXPECT_THAT(names(), SizeIs(6));
}

TEST_F(Mailboxes, NamesArePlainTextOnDisk) {  // C21
  for (const std::string name : {"..", "../x", "~root", "%", "*", "'; DROP TABLE message; --"}) {
    SCOPED_TRACE(name);
    const auto made = create(name);
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(made->name, name);
  }
  open();
  EXPECT_NE(id("'; DROP TABLE message; --"), MailboxId(0));
}

TEST_F(Mailboxes, InboxIsOneInAnyCaseAlsoAsSuperior) {
  ASSERT_TRUE(create("inbox/lists").has_value());
  EXPECT_NE(id("INBOX/lists"), MailboxId(0));
  EXPECT_EQ(account->tree()->find("Inbox/lists")->name, "INBOX/lists");
}

TEST_F(Mailboxes, DeleteRefuses) {  // RFC 9051 section 6.3.5
  ASSERT_TRUE(create("a/b").has_value());
  EXPECT_EQ(erase("inbox").error(), Refusal::cannot);
  EXPECT_EQ(erase("none").error(), Refusal::nonexistent);
  EXPECT_EQ(erase("a").error(), Refusal::has_children);
  EXPECT_TRUE(erase("a/b").has_value());
  EXPECT_TRUE(erase("a").has_value());
}

TEST_F(Mailboxes, UidValidityIsNeverUsedTwice) {  // R9
  const UidValidity before = create("a")->uid_validity;
  for (const MailboxInfo& info : account->tree()->mailboxes) {
    if (info.name != "a") {
      EXPECT_LT(info.uid_validity, before);
    }
  }
  ASSERT_TRUE(erase("a").has_value());
  open();
  const UidValidity after = create("a")->uid_validity;
  EXPECT_GT(after, before);
}

TEST_F(Mailboxes, ADeletedOneIsGoneButStaysReadable) {
  ASSERT_TRUE(create("a").has_value());
  ASSERT_TRUE(append("a", message("kept")).has_value());
  auto held = mailbox("a");
  const BodyId kept = held->latest()->at(SeqNum(1)).body;
  ASSERT_TRUE(erase("a").has_value());
  EXPECT_TRUE(held->gone());
  any_commit();
  EXPECT_EQ(octets(kept), message("kept"));
  held.reset();
  any_commit();
  EXPECT_FALSE(body_exists(kept));
}

TEST_F(Mailboxes, ASpecialOneThatIsMadeAgainIsSpecialAgain) {
  ASSERT_TRUE(erase("Trash").has_value());
  EXPECT_EQ(create("Trash")->special_use, SpecialUse::trash);
  EXPECT_EQ(create("Papierkorb")->special_use, SpecialUse::none);
}

TEST_F(Mailboxes, RenameTakesChildrenAlong) {  // RFC 9051 section 6.3.6
  ASSERT_TRUE(create("a/b/c").has_value());
  ASSERT_TRUE(create("ab").has_value());
  ASSERT_TRUE(append("a/b/c", message("m")).has_value());
  const MailboxId leaf = id("a/b/c");
  const UidValidity validity = account->tree()->find("a/b/c")->uid_validity;
  ASSERT_TRUE(rename("a", "x/y").has_value());
  EXPECT_THAT(names(), ElementsAre("Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash", "ab", "x",
                                   "x/y", "x/y/b", "x/y/b/c"));
  EXPECT_EQ(id("x/y/b/c"), leaf);
  EXPECT_EQ(account->tree()->find("x/y/b/c")->uid_validity, validity);
  open();
  EXPECT_EQ(id("x/y/b/c"), leaf);
  EXPECT_EQ(mailbox("x/y/b/c")->latest()->size(), 1U);
}

TEST_F(Mailboxes, RenameRefuses) {
  ASSERT_TRUE(create("a/b").has_value());
  EXPECT_EQ(rename("none", "c").error(), Refusal::nonexistent);
  EXPECT_EQ(rename("a", "Sent").error(), Refusal::already_exists);
  EXPECT_EQ(rename("a", "inbox").error(), Refusal::already_exists);
  EXPECT_EQ(rename("a", "a/b/c").error(), Refusal::cannot);
  EXPECT_EQ(rename("a", "").error(), Refusal::cannot);
  EXPECT_EQ(rename("a", std::string(1023, 'x')).error(), Refusal::cannot);  // its child is too long
  EXPECT_NE(id("a/b"), MailboxId(0));
}

TEST_F(Mailboxes, RenamedInboxGivesItsMessagesAndStays) {  // RFC 9051 section 6.3.6
  ASSERT_TRUE(append("INBOX", message("1")).has_value());
  ASSERT_TRUE(append("INBOX", message("2"), {.system = 1, .keywords = {"blue"}}).has_value());
  ASSERT_TRUE(create("INBOX/child").has_value());
  const MailboxId inbox = id("INBOX");
  auto held = mailbox("INBOX");
  ASSERT_TRUE(rename("INBOX", "old/mail").has_value());
  EXPECT_EQ(id("INBOX"), inbox);
  EXPECT_NE(id("INBOX/child"), MailboxId(0));
  EXPECT_EQ(held->latest()->size(), 0U);
  EXPECT_FALSE(held->gone());
  const auto moved = mailbox("old/mail")->latest();
  EXPECT_EQ(moved->size(), 2U);
  EXPECT_THAT(moved->keywords(), ElementsAre("blue"));
  EXPECT_EQ(append("INBOX", message("3"))->uid, Uid(3));
}

TEST_F(Mailboxes, SubscriptionsStandByThemselves) {  // RFC 9051 section 6.3.7
  write(*account, [](Transaction& t) {
    t.subscribe("not/there");
    t.subscribe("inbox");
    t.unsubscribe("Junk");
  });
  open();
  EXPECT_TRUE(account->tree()->subscribed("not/there"));
  EXPECT_TRUE(account->tree()->subscribed("Inbox"));
  EXPECT_FALSE(account->tree()->subscribed("Junk"));
  ASSERT_TRUE(erase("Sent").has_value());
  EXPECT_TRUE(account->tree()->subscribed("Sent"));
}

TEST_F(Mailboxes, ARefusedWriteLeavesNothingOfItself) {
  const auto refused = write(*account, [](Transaction& t) -> Result<void> {
    t.subscribe("x");
    static_cast<void>(t.create_mailbox("x/y", SpecialUse::none));
    static_cast<void>(t.rename_mailbox("Junk", "z"));
    static_cast<void>(t.delete_mailbox("Trash"));
    return std::unexpected(Refusal::limit);
  });
  EXPECT_EQ(refused.error(), Refusal::limit);
  EXPECT_THAT(names(), ElementsAre("Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash"));
  EXPECT_FALSE(account->tree()->subscribed("x"));
  // And the writer's own idea is the same.
  ASSERT_TRUE(create("x/y").has_value());
  ASSERT_TRUE(rename("Junk", "z").has_value());
  ASSERT_TRUE(erase("Trash").has_value());
  EXPECT_THAT(names(), ElementsAre("Archive", "Drafts", "INBOX", "Sent", "x", "x/y", "z"));
}

TEST_F(Mailboxes, AreLimitedInNumber) {  // C22
  const auto made = write(*account, [](Transaction& t) -> Result<void> {
    for (int i = 0; i < 10'001; ++i) {
      const auto one = t.create_mailbox("m" + std::to_string(i), SpecialUse::none);
      if (!one) return std::unexpected(one.error());
    }
    return {};
  });
  EXPECT_EQ(made.error(), Refusal::limit);
  EXPECT_THAT(names(), SizeIs(6));
}

}  // namespace
}  // namespace postern::store
