#include "proxy/imap/changes_since.h"

#include <gtest/gtest.h>

#include "sync/wire/imap/sequence_set.h"

namespace postern::imap {
namespace {

using wire::imap::SequenceSet;

/// Messages 11, 12, 15, 20, 21, with MODSEQs 5, 9, 7, 9, 3; UIDNEXT 30.
store::Snapshot view() {
  auto piece = std::make_shared<store::Piece>();
  for (const auto& [uid, mod_seq] :
       {std::pair{11U, 5U}, {12U, 9U}, {15U, 7U}, {20U, 9U}, {21U, 3U}}) {
    store::Entry entry;
    entry.uid = Uid(uid);
    entry.mod_seq = ModSeq(mod_seq);
    piece->entries.push_back(entry);
  }
  return {store::Snapshot::Head{.mailbox = MailboxId(1),
                                .uid_validity = UidValidity(1),
                                .uid_next = Uid(30),
                                .highest_mod_seq = ModSeq(9),
                                .keywords = std::make_shared<const std::vector<std::string>>(),
                                .pin = nullptr},
          {piece}};
}

SequenceSet set(std::vector<SequenceSet::Range> ranges) {
  SequenceSet result;
  for (const auto& range : ranges) result.add(range.first, range.last);
  result.normalise();
  return result;
}

std::string gone(const UidSet& wanted, const std::optional<UidSet>& recorded,
                 const wire::imap::command::Known& known = {}) {
  return wire::imap::format(vanished(view(), wanted, recorded, known));
}

UidSet range(std::uint32_t first, std::uint32_t last) {
  return UidSet({{Uid(first), Uid(last)}});
}

TEST(ChangesSince, OfTheMessagesThoseAfterTheModSeq) {
  using Runs = std::vector<SequenceSet::Range>;
  EXPECT_EQ(changed_since(view(), {{1, 5}}, ModSeq(6)), (Runs{{2, 4}}));
  EXPECT_EQ(changed_since(view(), {{1, 5}}, ModSeq(8)), (Runs{{2, 2}, {4, 4}}));
  EXPECT_EQ(changed_since(view(), {{3, 3}, {5, 5}}, ModSeq(2)), (Runs{{3, 3}, {5, 5}}));
  EXPECT_EQ(changed_since(view(), {{1, 5}}, ModSeq(9)), Runs{});
  EXPECT_EQ(changed_since(view(), {}, ModSeq(1)), Runs{});
}

TEST(ChangesSince, WhatIsRecordedIsToldAsFarAsItIsWanted) {
  EXPECT_EQ(gone(UidSet::all(), range(13, 14)), "13:14");
  EXPECT_EQ(gone(range(14, 40), range(13, 14)), "14");
  EXPECT_EQ(gone(UidSet::all(), UidSet()), "");
  // A message that the view still holds is told later.
  EXPECT_EQ(gone(UidSet::all(), range(13, 16)), "13:14,16");
  EXPECT_EQ(gone(UidSet::all(), range(20, 21)), "");
}

TEST(ChangesSince, WhatIsForgottenIsAllThatIsMissing) {
  EXPECT_EQ(gone(UidSet::all(), std::nullopt), "1:10,13:14,16:19,22:29");
  EXPECT_EQ(gone(range(12, 17), std::nullopt), "13:14,16:17");
  EXPECT_EQ(gone(range(29, 4000000000), std::nullopt), "29");
}

/// RFC 7162 section 3.2.5.2.
TEST(ChangesSince, NumbersThatStillMatchSpareTheRest) {
  wire::imap::command::Known known;
  known.match = {set({{1, 3}}), set({{11, 12}, {15, 15}})};
  EXPECT_EQ(gone(UidSet::all(), std::nullopt, known), "16:19,22:29");
  known.match = {set({{2, 2}, {4, 4}}), set({{12, 12}, {19, 19}})};
  EXPECT_EQ(gone(UidSet::all(), std::nullopt, known), "13:14,16:19,22:29");
  known.match = {set({{1, 4000000000}}), set({{11, 4000000010}})};
  EXPECT_EQ(gone(UidSet::all(), std::nullopt, known), "13:14,16:19,22:29");
  known.match = {set({{9, 9}}), set({{900, 900}})};
  EXPECT_EQ(gone(UidSet::all(), std::nullopt, known), "1:10,13:14,16:19,22:29");
  // What is recorded is exact.
  known.match = {set({{1, 3}}), set({{11, 12}, {15, 15}})};
  EXPECT_EQ(gone(UidSet::all(), range(13, 13), known), "13");
}

}  // namespace
}  // namespace postern::imap
