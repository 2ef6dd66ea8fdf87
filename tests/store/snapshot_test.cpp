#include "sync/store/snapshot.h"

#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postern::store {
namespace {

Entry entry(std::uint32_t uid, Flags flags = {}) {
  return {.uid = Uid(uid),
          .octets = 10,
          .body = BodyId(uid),
          .mod_seq = ModSeq(1),
          .date = {},
          .flags = flags};
}

std::shared_ptr<const Piece> piece(std::vector<Entry> entries) {
  auto made = std::make_shared<Piece>();
  made->entries = std::move(entries);
  return made;
}

const Flags seen = Flags{}.add(SystemFlag::seen);
const Flags deleted = Flags{}.add(SystemFlag::deleted);

Snapshot three_pieces() {
  return Snapshot(
      {.mailbox = MailboxId(1), .uid_validity = UidValidity(7), .keywords = {}, .pin = {}},
      {piece({entry(1), entry(3, seen)}), piece({entry(10, deleted)}),
       piece({entry(11, seen), entry(20), entry(21)})});
}

TEST(Snapshot, CountsAcrossPieces) {
  const Snapshot snapshot = three_pieces();
  EXPECT_EQ(snapshot.size(), 6U);
  EXPECT_EQ(snapshot.unseen(), 4U);
  EXPECT_EQ(snapshot.deleted(), 1U);
  EXPECT_EQ(snapshot.octets(), 60U);
  EXPECT_TRUE(snapshot.keywords().empty());
}

TEST(Snapshot, EmptyOneAnswersEverything) {
  const Snapshot snapshot(
      {.mailbox = MailboxId(1), .uid_validity = UidValidity(7), .keywords = {}, .pin = {}}, {});
  EXPECT_EQ(snapshot.size(), 0U);
  EXPECT_EQ(snapshot.find(Uid(1)), std::nullopt);
  EXPECT_EQ(snapshot.lower_bound(Uid(1)), SeqNum(1));
  int visited = 0;
  snapshot.for_each([&](SeqNum, const Entry&) { ++visited; });
  EXPECT_EQ(visited, 0);
}

struct Lookup {
  const char* name;
  std::uint32_t uid;
  std::uint32_t lower_bound;
  bool found;
};

TEST(Snapshot, FindsByUid) {
  const Snapshot snapshot = three_pieces();
  for (const Lookup& row :
       {Lookup{"below all", 0, 1, false}, Lookup{"first", 1, 1, true},
        Lookup{"between", 2, 2, false}, Lookup{"end of a piece", 3, 2, true},
        Lookup{"between pieces", 4, 3, false}, Lookup{"lone", 10, 3, true},
        Lookup{"start of a piece", 11, 4, true}, Lookup{"last", 21, 6, true},
        Lookup{"above all", 22, 7, false}, Lookup{"highest number", 0xffffffff, 7, false}}) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(snapshot.lower_bound(Uid(row.uid)), SeqNum(row.lower_bound));
    EXPECT_EQ(snapshot.find(Uid(row.uid)).has_value(), row.found);
    if (row.found) {
      EXPECT_EQ(snapshot.at(*snapshot.find(Uid(row.uid))).uid, Uid(row.uid));
    }
  }
}

TEST(Snapshot, VisitsEveryRange) {
  const Snapshot snapshot = three_pieces();
  const std::vector<std::uint32_t> all{1, 3, 10, 11, 20, 21};
  for (std::uint32_t first = 1; first <= 6; ++first) {
    for (std::uint32_t last = first; last <= 6; ++last) {
      std::vector<std::uint32_t> found;
      snapshot.for_range(SeqNum(first), SeqNum(last), [&](SeqNum seq, const Entry& visited) {
        EXPECT_EQ(seq.value, first + found.size());
        found.push_back(visited.uid.value);
      });
      EXPECT_EQ(found, std::vector(all.begin() + (first - 1), all.begin() + last));
    }
  }
}

}  // namespace
}  // namespace postern::store
