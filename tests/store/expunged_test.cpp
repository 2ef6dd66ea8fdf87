#include "sync/store/expunged_table.h"

#include "sync/store/schema.h"
#include "tests/store/store_fixture.h"

namespace postern::store {
namespace {

constexpr std::uint8_t seen = 1;

class Expunged : public StoreTest {
 protected:
  std::optional<UidSet> since(const std::string& name, ModSeq mod_seq) {
    return read(*account, [&](Reader& reader) { return reader.expunged_since(id(name), mod_seq); });
  }
  ModSeq highest(const std::string& name) {
    return mailbox(name)->latest()->head().highest_mod_seq;
  }
};

TEST_F(Expunged, WhatWentIsKnownByItsModSeq) {
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(append("INBOX", message(std::to_string(i))));
  const ModSeq before = highest("INBOX");
  remove("INBOX", uids({2, 3, 5}));
  const ModSeq between = highest("INBOX");
  ASSERT_TRUE(
      write(*account, [&](Transaction& t) { return t.move(id("INBOX"), uids({6}), id("Trash")); }));
  EXPECT_EQ(since("INBOX", before), uids({2, 3, 5, 6}));
  EXPECT_EQ(since("INBOX", between), uids({6}));
  EXPECT_EQ(since("INBOX", highest("INBOX")), UidSet());
  EXPECT_EQ(since("Trash", ModSeq(0)), UidSet());
  open();
  EXPECT_EQ(since("INBOX", before), uids({2, 3, 5, 6}));
}

TEST_F(Expunged, FlagsChangeOnlyWhereNothingElseDid) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(append("INBOX", message(std::to_string(i))));
  const ModSeq known = highest("INBOX");
  ASSERT_TRUE(store("INBOX", uids({2}), FlagChange::add, {4, {}}));
  const auto stored = write(*account, [&](Transaction& t) {
    return t.store_flags_unless_changed(id("INBOX"), uids({1, 2, 3, 9}), FlagChange::replace,
                                        {seen, {}}, known);
  });
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->changed, uids({1, 3}));
  EXPECT_EQ(stored->refused, uids({2}));
  const auto snapshot = mailbox("INBOX")->latest();
  EXPECT_EQ(snapshot->at(SeqNum(1)).flags.system, seen);
  EXPECT_EQ(snapshot->at(SeqNum(2)).flags.system, 4);
  EXPECT_GT(snapshot->at(SeqNum(3)).mod_seq, known);
}

/// A table of its own, to be filled quickly.
class ExpungedRows : public testing::Test {
 protected:
  ExpungedRows() {
    database_ = open_for_writing(folder_.path() / "mail.db", Missing::create);
    database_->run("BEGIN");
    table_.emplace(*database_);
  }
  void record(std::uint64_t mod_seq, std::uint32_t runs) {
    UidSet set;
    for (std::uint32_t i = 0; i < runs; ++i) set.add(Uid(next_ += 2));
    table_->record(box, ModSeq(mod_seq), set);
  }

  const MailboxId box{1};
  TemporaryFolder folder_{quick_disk()};
  std::unique_ptr<Database> database_;
  std::optional<ExpungedTable> table_;
  std::uint32_t next_ = 1;
};

TEST_F(ExpungedRows, WhatIsLongGoneIsForgottenAndSaidToBe) {
  constexpr std::uint32_t many = ExpungedTable::kept + 2 * ExpungedTable::looked_for_after;
  for (std::uint64_t i = 1; i <= many; ++i) record(i, 1);
  EXPECT_LE(database_->number("SELECT count(*) FROM expunged"),
            ExpungedTable::kept + ExpungedTable::looked_for_after + 1);
  EXPECT_FALSE(table_->since(box, ModSeq(1)).has_value());
  const auto recent = table_->since(box, ModSeq(many - 3));
  ASSERT_TRUE(recent.has_value());
  EXPECT_EQ(recent->count(), 3U);
  // From the first one that is kept whole on, all is known.
  const auto oldest =
      static_cast<std::uint64_t>(database_->number("SELECT min(mod_seq) FROM expunged"));
  EXPECT_FALSE(table_->since(box, ModSeq(oldest - 2)).has_value());
  EXPECT_TRUE(table_->since(box, ModSeq(oldest - 1)).has_value());
}

TEST_F(ExpungedRows, WhatWentTogetherIsForgottenTogether) {
  constexpr std::uint32_t more_than_kept = ExpungedTable::kept + 10;
  record(7, 5);
  record(8, more_than_kept);
  record(9, ExpungedTable::looked_for_after);
  const auto all = table_->since(box, ModSeq(7));
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ(all->count(), more_than_kept + ExpungedTable::looked_for_after);
  EXPECT_FALSE(table_->since(box, ModSeq(6)).has_value());
  table_->forget(box);
  EXPECT_EQ(table_->since(box, ModSeq(0)), UidSet());
}

}  // namespace
}  // namespace postern::store
