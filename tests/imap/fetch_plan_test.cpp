#include "proxy/imap/fetch_plan.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "sync/wire/imap/parse_command.h"

namespace postern::imap {
namespace {

using Runs = FetchPlan::Runs;

/// Of messages whose sizes are 1,000, 2,000 and so on.
FetchPlan plan(const std::string& items, Runs runs) {
  auto piece = std::make_shared<store::Piece>();
  for (std::uint32_t i = 1; i <= 40; ++i) {
    store::Entry& entry = piece->entries.emplace_back();
    entry.uid = Uid(i * 10);
    entry.octets = i * 1000;
  }
  wire::imap::RawCommand raw;
  raw.text.push_back("a FETCH 1 " + items);
  FetchPlan made;
  made.view =
      std::make_shared<store::Snapshot>(store::Snapshot::Head(), store::Snapshot::Pieces{piece});
  made.runs = std::move(runs);
  made.items = std::get<wire::imap::command::Fetch>(wire::imap::parse_command(raw)->body).items;
  return made;
}

/// What a message of so many thousand octets counts.
std::size_t likely(const std::string& items, std::uint32_t thousands = 1) {
  std::size_t fits = 0;
  for (std::size_t step = 1 << 20; step != 0; step /= 2) {
    FetchPlan twice = plan(items, {{thousands, thousands}, {thousands, thousands}});
    if (twice.take(fits + step).size() == 1) fits += step;
  }
  return fits;
}

TEST(FetchPlan, IsTakenFromTheFrontUpToWhatIsLikely) {
  FetchPlan whole = plan("BODY.PEEK[]", {{1, 3}, {5, 5}, {7, 40}});
  const std::size_t more = likely("BODY.PEEK[]") - 1000;
  EXPECT_EQ(whole.take(6000 + 3 * more), (Runs{{1, 3}}));
  EXPECT_EQ(whole.take(1), (Runs{{5, 5}}));
  EXPECT_EQ(whole.take(7001 + more), (Runs{{7, 8}}));
  EXPECT_EQ(whole.runs, (Runs{{9, 40}}));
  EXPECT_EQ(whole.take(10'000'000), (Runs{{9, 40}}));
  EXPECT_TRUE(whole.take(10'000'000).empty());
}

TEST(FetchPlan, IsTakenAcrossGaps) {
  FetchPlan whole = plan("RFC822", {{1, 2}, {4, 5}, {10, 20}});
  const std::size_t more = likely("RFC822") - 1000;
  EXPECT_EQ(whole.take(22'000 + 5 * more), (Runs{{1, 2}, {4, 5}, {10, 10}}));
  EXPECT_EQ(whole.runs, (Runs{{11, 20}}));
}

TEST(FetchPlan, WhatIsSmallIsTakenManyAtATime) {
  for (const char* items : {"ENVELOPE", "BODYSTRUCTURE", "PREVIEW", "EMAILID"})
    EXPECT_LE(likely(items), 2048U) << items;
  for (const char* items : {"BODY.PEEK[HEADER.FIELDS (SUBJECT)]", "RFC822.HEADER",
                            "BODY.PEEK[HEADER]", "BODY.PEEK[1.MIME]"})
    EXPECT_LE(likely(items), 1024U) << items;
  EXPECT_EQ(likely("(ENVELOPE UID)"), likely("ENVELOPE") + likely("UID"));
}

TEST(FetchPlan, WhatIsReadCounts) {
  const std::size_t more = likely("BODY.PEEK[]") - 1000;
  EXPECT_EQ(likely("BODY.PEEK[TEXT]", 40), 40'000 + more);
  EXPECT_EQ(likely("BODY.PEEK[]<0.100>", 40), 100 + more);
  for (const char* part :
       {"BODY.PEEK[1.2]", "BODY.PEEK[1.TEXT]", "BINARY.PEEK[1]", "BINARY.SIZE[1]"}) {
    EXPECT_EQ(likely(part, 10), 10'000 + more) << part;
    EXPECT_LT(likely(part, 40), 20'000 + more) << part;
  }
}

}  // namespace
}  // namespace postern::imap
