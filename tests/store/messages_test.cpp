#include <set>

#include "tests/store/store_fixture.h"

#include "sync/store/diff.h"

namespace postern::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint8_t seen = 1;
constexpr std::uint8_t flagged = 4;
constexpr std::uint8_t deleted = 8;

class Messages : public StoreTest {
 protected:
  Result<Copied> copy(const std::string& from, const UidSet& which, const std::string& to) {
    return write(*account, [&](Transaction& t) { return t.copy(id(from), which, id(to)); });
  }
  Result<Copied> move(const std::string& from, const UidSet& which, const std::string& to) {
    return write(*account, [&](Transaction& t) { return t.move(id(from), which, id(to)); });
  }
};

TEST_F(Messages, AppendGivesRisingUidsAndShowsTheMessage) {
  const auto first = append("INBOX", message("1"), {.system = seen, .keywords = {"$Forwarded"}});
  const auto second = append("INBOX", message("2", "longer text\r\n"));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->uid, Uid(1));
  EXPECT_EQ(second->uid, Uid(2));
  const auto snapshot = mailbox("INBOX")->latest();
  EXPECT_EQ(snapshot->head().uid_validity, first->uid_validity);
  EXPECT_EQ(snapshot->head().uid_next, Uid(3));
  EXPECT_THAT(snapshot->keywords(), ElementsAre("$Forwarded"));
  const Entry& entry = snapshot->at(SeqNum(1));
  EXPECT_EQ(entry.octets, message("1").size());
  EXPECT_EQ(entry.date, (InternalDate{.seconds = 1000, .zone_minutes = 60}));
  EXPECT_EQ(entry.flags, (Flags{.keywords = 1, .system = seen}));
  EXPECT_EQ(octets(snapshot->at(SeqNum(2)).body), message("2", "longer text\r\n"));
}

TEST_F(Messages, AnOpenMailboxFollowsEveryCommit) {
  auto inbox = mailbox("INBOX");
  int woken = 0;
  {
    const Subscription subscription = inbox->subscribe([&] { ++woken; });
    ASSERT_TRUE(append("INBOX", message("1")).has_value());
    EXPECT_EQ(inbox->latest()->size(), 1U);  // published before the answer (R10)
    ASSERT_TRUE(append("Sent", message("2")).has_value());
    EXPECT_EQ(woken, 1);
  }
  remove("INBOX", uids({1}));
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(inbox->latest()->size(), 0U);
  EXPECT_EQ(inbox->latest()->head().uid_next, Uid(2));
}

TEST_F(Messages, WhatIsShownIsWhatIsOnDisk) {
  auto held = mailbox("INBOX");
  for (int i = 0; i < 300; ++i)
    ASSERT_TRUE(append("INBOX", message(std::to_string(i % 7))).has_value());
  ASSERT_TRUE(store("INBOX", uids({5, 6, 299}), FlagChange::add, {seen, {"a", "b"}}).has_value());
  remove("INBOX", uids({1, 2, 3, 100, 256, 257, 300}));
  const auto shown = held->latest();
  held.reset();
  open();
  const auto loaded = mailbox("INBOX")->latest();
  EXPECT_EQ(uids_of(*loaded), uids_of(*shown));
  EXPECT_EQ(loaded->totals(), shown->totals());
  EXPECT_EQ(loaded->head().highest_mod_seq, shown->head().highest_mod_seq);
  EXPECT_EQ(loaded->head().uid_next, shown->head().uid_next);
  EXPECT_EQ(loaded->head().uid_validity, shown->head().uid_validity);
  EXPECT_EQ(loaded->keywords(), shown->keywords());
  loaded->for_each([&](SeqNum seq, const Entry& entry) {
    EXPECT_EQ(entry.flags, shown->at(seq).flags);
    EXPECT_EQ(entry.mod_seq, shown->at(seq).mod_seq);
    EXPECT_EQ(entry.body, shown->at(seq).body);
  });
}

TEST_F(Messages, UidsAreNeverUsedAgain) {  // R9
  ASSERT_TRUE(append("INBOX", message("1")).has_value());
  ASSERT_TRUE(append("INBOX", message("2")).has_value());
  remove("INBOX", uids({1, 2}));
  open();
  EXPECT_EQ(append("INBOX", message("3"))->uid, Uid(3));
}

struct FlagRow {
  std::string name;
  FlagChange change;
  FlagNames names;
  std::uint8_t system;
  std::uint64_t keywords;
  std::vector<std::uint32_t> changed;
};

TEST_F(Messages, StoreChangesFlags) {
  auto inbox = mailbox("INBOX");
  ASSERT_TRUE(append("INBOX", message("1")).has_value());
  for (const FlagRow& row : std::vector<FlagRow>{
           {"add", FlagChange::add, {seen, {"One"}}, seen, 1, {1}},
           {"add what is there", FlagChange::add, {seen, {"ONE"}}, seen, 1, {}},
           {"add another", FlagChange::add, {flagged, {"two"}}, seen | flagged, 3, {1}},
           {"remove", FlagChange::remove, {seen, {"one"}}, flagged, 2, {1}},
           {"remove what is unknown", FlagChange::remove, {0, {"three"}}, flagged, 2, {}},
           {"replace", FlagChange::replace, {deleted, {"one"}}, deleted, 1, {1}},
           {"bits that are no flags", FlagChange::add, {0xe0, {}}, deleted, 1, {}},
           {"replace by nothing", FlagChange::replace, {0, {}}, 0, 0, {1}}}) {
    SCOPED_TRACE(row.name);
    const ModSeq before = inbox->latest()->head().highest_mod_seq;
    const auto changed = store("INBOX", UidSet::all(), row.change, row.names);
    ASSERT_TRUE(changed.has_value());
    EXPECT_EQ(*changed, uids(row.changed));
    const auto latest = inbox->latest();
    EXPECT_EQ(latest->at(SeqNum(1)).flags, (Flags{.keywords = row.keywords, .system = row.system}));
    const ModSeq after = latest->head().highest_mod_seq;
    EXPECT_EQ(after, row.changed.empty() ? before : before.next());  // R11
    if (!row.changed.empty()) {
      EXPECT_EQ(latest->at(SeqNum(1)).mod_seq, after);
    }
  }
  EXPECT_THAT(inbox->latest()->keywords(), ElementsAre("One", "two"));
}

TEST_F(Messages, KeywordsAreLimited) {  // C14
  ASSERT_TRUE(append("INBOX", message("1")).has_value());
  FlagNames names;
  for (int i = 0; i < 64; ++i) names.keywords.push_back("k" + std::to_string(i));
  ASSERT_TRUE(store("INBOX", UidSet::all(), FlagChange::add, names).has_value());
  EXPECT_EQ(store("INBOX", UidSet::all(), FlagChange::add, {0, {"k64"}}).error(), Refusal::limit);
  EXPECT_EQ(append("INBOX", message("2"), {0, {"k64"}}).error(), Refusal::limit);
  const auto snapshot = mailbox("INBOX")->latest();
  EXPECT_EQ(snapshot->size(), 1U);
  EXPECT_EQ(snapshot->at(SeqNum(1)).flags.keywords, ~std::uint64_t{0});
  open();
  EXPECT_EQ(mailbox("INBOX")->latest()->at(SeqNum(1)).flags.keywords, ~std::uint64_t{0});
  // A copy keeps what finds room.
  ASSERT_TRUE(append("Sent", message("3"), {0, {"other"}}).has_value());
  ASSERT_TRUE(copy("INBOX", UidSet::all(), "Sent").has_value());
  EXPECT_EQ(mailbox("Sent")->latest()->at(SeqNum(2)).flags.keywords, ~std::uint64_t{1});
}

TEST_F(Messages, CopyKeepsFlagsByNameAndDate) {  // RFC 9051 section 6.4.7
  ASSERT_TRUE(append("Sent", message("0"), {0, {"b"}}).has_value());
  ASSERT_TRUE(append("INBOX", message("1"), {seen, {"a", "b"}}).has_value());
  ASSERT_TRUE(append("INBOX", message("2"), {0, {"a"}}).has_value());
  const auto copied = copy("INBOX", uids({2, 1, 77}), "Sent");
  ASSERT_TRUE(copied.has_value());
  EXPECT_THAT(copied->from, ElementsAre(Uid(1), Uid(2)));
  EXPECT_THAT(copied->to, ElementsAre(Uid(2), Uid(3)));
  const auto sent = mailbox("Sent")->latest();
  EXPECT_EQ(copied->uid_validity, sent->head().uid_validity);
  EXPECT_THAT(sent->keywords(), ElementsAre("b", "a"));
  EXPECT_EQ(sent->at(SeqNum(2)).flags, (Flags{.keywords = 3, .system = seen}));
  EXPECT_EQ(sent->at(SeqNum(3)).flags, (Flags{.keywords = 2, .system = 0}));
  EXPECT_EQ(sent->at(SeqNum(2)).date.seconds, 1000);
  EXPECT_EQ(mailbox("INBOX")->latest()->size(), 2U);
}

TEST_F(Messages, MoveLeavesNothingBehind) {  // RFC 6851 section 3
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(append("INBOX", message(std::to_string(i))).has_value());
  auto inbox = mailbox("INBOX");
  auto trash = mailbox("Trash");
  const auto moved = move("INBOX", uids({1, 3}), "Trash");
  ASSERT_TRUE(moved.has_value());
  EXPECT_THAT(moved->from, ElementsAre(Uid(1), Uid(3)));
  EXPECT_THAT(moved->to, ElementsAre(Uid(1), Uid(2)));
  EXPECT_THAT(uids_of(*inbox->latest()), ElementsAre(2));
  EXPECT_THAT(uids_of(*trash->latest()), ElementsAre(1, 2));
}

TEST_F(Messages, CopyAndMoveWithinOneMailbox) {
  ASSERT_TRUE(append("INBOX", message("1")).has_value());
  auto inbox = mailbox("INBOX");
  ASSERT_TRUE(copy("INBOX", UidSet::all(), "INBOX").has_value());
  EXPECT_THAT(uids_of(*inbox->latest()), ElementsAre(1, 2));
  ASSERT_TRUE(move("INBOX", uids({1}), "INBOX").has_value());
  EXPECT_THAT(uids_of(*inbox->latest()), ElementsAre(2, 3));
}

TEST_F(Messages, ExpungeTakesOnlyDeletedOnesOfTheSet) {  // RFC 4315 section 2.1
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(append("INBOX", message(std::to_string(i))).has_value());
  ASSERT_TRUE(store("INBOX", uids({1, 2, 3}), FlagChange::add, {deleted, {}}).has_value());
  const auto expunged =
      write(*account, [&](Transaction& t) { return t.expunge(id("INBOX"), uids({2, 3, 4, 99})); });
  EXPECT_EQ(*expunged, uids({2, 3}));
  EXPECT_THAT(uids_of(*mailbox("INBOX")->latest()), ElementsAre(1, 4));
}

TEST_F(Messages, NothingHappensForUidsThatAreNotThere) {  // C10
  ASSERT_TRUE(append("INBOX", message("1")).has_value());
  auto inbox = mailbox("INBOX");
  const auto before = inbox->latest();
  const UidSet missing = uids({7, 4294967295U});
  EXPECT_TRUE(store("INBOX", missing, FlagChange::add, {seen, {"new"}})->empty());
  EXPECT_THAT(copy("INBOX", missing, "Sent")->to, IsEmpty());
  EXPECT_THAT(move("INBOX", missing, "Sent")->to, IsEmpty());
  EXPECT_TRUE(remove("INBOX", missing).empty());
  EXPECT_EQ(inbox->latest(), before);
}

TEST_F(Messages, MailboxesThatAreNotThereAreRefused) {
  ASSERT_TRUE(append("INBOX", message("1")).has_value());
  EXPECT_EQ(append("none", message("1")).error(), Refusal::try_create);
  EXPECT_EQ(store("none", UidSet::all(), FlagChange::add, {}).error(), Refusal::nonexistent);
  EXPECT_EQ(copy("none", UidSet::all(), "Sent").error(), Refusal::nonexistent);
  EXPECT_EQ(copy("INBOX", UidSet::all(), "none").error(), Refusal::try_create);
  EXPECT_EQ(move("INBOX", UidSet::all(), "none").error(), Refusal::try_create);
  EXPECT_EQ(mailbox("none"), nullptr);
}

TEST_F(Messages, RecentIsGivenOnce) {  // RFC 3501 section 2.3.2
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(append("INBOX", message(std::to_string(i))).has_value());
  auto inbox = mailbox("INBOX");
  EXPECT_EQ(inbox->first_recent(), Uid(1));
  EXPECT_EQ(inbox->claim_recent(Uid(2)), Uid(1));
  EXPECT_EQ(inbox->claim_recent(Uid(2)), Uid(3));
  EXPECT_EQ(inbox->claim_recent(Uid(3)), Uid(3));
  EXPECT_EQ(inbox->claim_recent(Uid(3)), Uid(4));
  inbox.reset();
  open();
  EXPECT_EQ(mailbox("INBOX")->first_recent(), Uid(4));
}

TEST_F(Messages, OneWriteIsOneModSeq) {  // R11
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(append("INBOX", message(std::to_string(i))).has_value());
  auto inbox = mailbox("INBOX");
  const ModSeq before = inbox->latest()->head().highest_mod_seq;
  ASSERT_TRUE(store("INBOX", UidSet::all(), FlagChange::add, {seen, {}}).has_value());
  const auto latest = inbox->latest();
  EXPECT_EQ(latest->head().highest_mod_seq, before.next());
  latest->for_each([&](SeqNum, const Entry& entry) { EXPECT_EQ(entry.mod_seq, before.next()); });
}

TEST_F(Messages, AMailboxNobodyHoldsIsStillRight) {
  auto inbox = mailbox("INBOX");
  inbox.reset();  // kept in memory for a while
  ASSERT_TRUE(append("INBOX", message("1")).has_value());
  EXPECT_EQ(mailbox("INBOX")->latest()->size(), 1U);
}

TEST_F(Messages, ManyMailboxesCanBeAskedFor) {
  write(*account, [](Transaction& t) {
    for (int i = 0; i < 600; ++i)
      static_cast<void>(t.create_mailbox("m" + std::to_string(i), SpecialUse::none));
  });
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 600; ++i)
      ASSERT_EQ(mailbox("m" + std::to_string(i))->latest()->size(), static_cast<unsigned>(round));
    write(*account, [&](Transaction& t) {
      NewBody arrived = body(message("all"));
      for (int i = 0; i < 600; ++i)
        static_cast<void>(t.append(id("m" + std::to_string(i)), arrived, {}, {}));
    });
  }
}

TEST_F(Messages, CountsAreOfTheWholeAccount) {
  ASSERT_TRUE(append("INBOX", message("1")).has_value());
  ASSERT_TRUE(copy("INBOX", UidSet::all(), "Sent").has_value());
  const auto counts = read(*account, [](Reader& reader) { return reader.counts(); });
  EXPECT_EQ(counts.mailboxes, 6U);
  EXPECT_EQ(counts.messages, 2U);
  EXPECT_EQ(counts.octets, 2 * message("1").size());
}

}  // namespace
}  // namespace postern::store
