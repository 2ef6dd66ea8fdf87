#include "proxy/imap/update_lines.h"

#include <gtest/gtest.h>

#include "proxy/imap/search_references.h"

namespace postern::imap {
namespace {

using wire::imap::SearchKey;

/// RFC 5267 sections 4.3.3 and 4.3.4.
TEST(UpdateLine, TellsPlacesOfSortedResultsOnly) {
  struct Row {
    bool sorted;
    std::vector<Placed> removed;
    std::vector<Placed> added;
    const char* expected;
  };
  const Row rows[] = {
      {false, {{3, 7}, {5, 9}}, {}, " REMOVEFROM (0 7,9)"},
      {false, {}, {{1, 8}, {2, 9}}, " ADDTO (0 8:9)"},
      {false, {{1, 2}}, {{4, 6}}, " REMOVEFROM (0 2) ADDTO (0 6)"},
      {true, {{2, 9}, {3, 4}, {7, 1}}, {}, " REMOVEFROM (7 1 2 9,4)"},
      {true, {}, {{1, 31}, {2, 32}, {5, 40}}, " ADDTO (1 31:32 5 40)"},
      {true, {{1, 5}}, {{3, 6}, {4, 2}}, " REMOVEFROM (1 5) ADDTO (3 6,2)"},
  };
  for (const Row& row : rows) {
    UpdateContext context;
    context.tag = "C01";
    context.numbers = wire::imap::Numbers::uid;
    if (row.sorted) context.order.push_back({});
    EXPECT_EQ(update_line(context, row.removed, row.added),
              "* ESEARCH (TAG \"C01\") UID" + std::string(row.expected) + "\r\n");
  }
  EXPECT_EQ(update_line({}, {}, {}), "");
}

store::SnapshotPtr view() {
  auto piece = std::make_shared<store::Piece>();
  for (const std::uint32_t uid : {3U, 5U, 9U}) {
    store::Entry entry;
    entry.uid = Uid(uid);
    piece->entries.push_back(entry);
  }
  store::Snapshot::Head head;
  head.keywords = std::make_shared<std::vector<std::string>>();
  return std::make_shared<store::Snapshot>(head, store::Snapshot::Pieces{piece});
}

SearchKey of_kind(SearchKey::Kind kind) {
  SearchKey key;
  key.kind = kind;
  return key;
}

TEST(SearchReferences, PutsWhatIsMeantIntoTheKey) {
  SearchKey all = of_kind(SearchKey::Kind::and_);
  all.children.push_back(of_kind(SearchKey::Kind::older));
  all.children.back().number = 60;
  all.children.push_back(of_kind(SearchKey::Kind::email_id));
  all.children.back().value = "Mx";
  all.children.push_back(of_kind(SearchKey::Kind::email_id));
  all.children.back().value = "My";
  all.children.push_back(of_kind(SearchKey::Kind::sequence_set));
  all.children.back().set.set_saved();
  all.children.push_back(of_kind(SearchKey::Kind::thread_id));
  all.children.back().value = "Tx";
  all.children.push_back(of_kind(SearchKey::Kind::thread_id));
  all.children.back().value = "Ty";
  EXPECT_EQ(values_of(all, SearchKey::Kind::email_id), (std::vector<std::string>{"Mx", "My"}));
  EXPECT_EQ(values_of(all, SearchKey::Kind::thread_id), (std::vector<std::string>{"Tx", "Ty"}));
  References references;
  references.now = WallTime(std::chrono::seconds(1000));
  references.saved = UidSet({{Uid(4), Uid(6)}});
  references.emails = {{"Mx", BodyId(17)}};
  references.threads = {{"Tx", UidSet({{Uid(3), Uid(3)}, {Uid(17), Uid(17)}})}};
  const SearchKey ready = resolved(all, references);
  EXPECT_EQ(ready.children[0].number, 940);
  EXPECT_EQ(ready.children[1].number, 17);
  EXPECT_EQ(ready.children[2].number, 0);
  EXPECT_EQ(ready.children[3], uid_key(references.saved));
  EXPECT_EQ(ready.children[4], uid_key(references.threads.at("Tx")));
  EXPECT_EQ(ready.children[5], uid_key({}));
}

/// RFC 5267 section 4.3: numbers mean what they meant when the search was made.
TEST(SearchReferences, PinsSequenceNumbers) {
  SearchKey not_key = of_kind(SearchKey::Kind::not_);
  not_key.children.push_back(of_kind(SearchKey::Kind::sequence_set));
  not_key.children.back().set.add(2, 7);
  not_key.children.back().set.normalise();
  const SearchKey key = pinned(not_key, *view(), {});
  EXPECT_EQ(key.children[0], uid_key(UidSet({{Uid(5), Uid(5)}, {Uid(9), Uid(9)}})));
}

}  // namespace
}  // namespace postern::imap
