#include "proxy/imap/uid_batches.h"

#include <memory>

#include <gtest/gtest.h>

namespace postern::imap::test {
namespace {

store::Snapshot view_of(const std::vector<std::uint32_t>& uids) {
  store::Snapshot::Head head;
  head.keywords = std::make_shared<const std::vector<std::string>>();
  auto piece = std::make_shared<store::Piece>();
  for (const std::uint32_t uid : uids) {
    store::Entry entry;
    entry.uid = Uid(uid);
    piece->entries.push_back(entry);
  }
  store::Snapshot::Pieces pieces;
  if (!uids.empty()) pieces.push_back(std::move(piece));
  return {std::move(head), std::move(pieces)};
}

std::string batches(const std::vector<std::uint32_t>& uids, std::uint32_t size,
                    std::uint32_t first = 1, std::uint32_t last = 0xffffffffU) {
  std::string out;
  for (const UidSet::Range& range : uid_batches(view_of(uids), size, first, last)) {
    if (!out.empty()) out += ',';
    out += std::to_string(range.last.value) + ':' + std::to_string(range.first.value);
  }
  return out;
}

/// RFC 10022 section 3.1: the newest first, no UID in two of them or in none.
TEST(UidBatches, CutAMailboxIntoPieces) {
  EXPECT_EQ(batches({}, 2), "");
  EXPECT_EQ(batches({7}, 2), "7:1");
  EXPECT_EQ(batches({3, 9}, 2), "9:1");
  EXPECT_EQ(batches({3, 9, 20}, 2), "20:9,8:1");
  EXPECT_EQ(batches({3, 9, 20, 21}, 2), "21:20,19:1");
  EXPECT_EQ(batches({3, 9, 20, 21, 30}, 1), "30:30,29:21,20:20,19:9,8:1");
  EXPECT_EQ(batches({3, 9, 20}, 0xffffffffU), "20:1");
}

TEST(UidBatches, GiveSomeOfThem) {
  EXPECT_EQ(batches({3, 9, 20, 21, 30}, 2, 1, 1), "30:21");
  EXPECT_EQ(batches({3, 9, 20, 21, 30}, 2, 2, 2), "20:9");
  EXPECT_EQ(batches({3, 9, 20, 21, 30}, 2, 2, 9), "20:9,8:1");
  EXPECT_EQ(batches({3, 9, 20, 21, 30}, 2, 4, 9), "");
  EXPECT_EQ(batches({3, 9}, 0xffffffffU, 0xffffffffU, 0xffffffffU), "");
}

}  // namespace
}  // namespace postern::imap::test
