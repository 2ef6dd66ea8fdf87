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

TEST(FetchPlan, IsTakenFromTheFrontUpToWhatIsLikely) {
  FetchPlan whole = plan("BODY.PEEK[]", {{1, 3}, {5, 5}, {7, 40}});
  EXPECT_EQ(whole.take(6000), (Runs{{1, 3}}));
  EXPECT_EQ(whole.take(1), (Runs{{5, 5}}));
  EXPECT_EQ(whole.take(7001), (Runs{{7, 8}}));
  EXPECT_EQ(whole.runs, (Runs{{9, 40}}));
  EXPECT_EQ(whole.take(10'000'000), (Runs{{9, 40}}));
  EXPECT_TRUE(whole.take(10'000'000).empty());
}

TEST(FetchPlan, IsTakenAcrossGaps) {
  FetchPlan whole = plan("RFC822", {{1, 2}, {4, 5}, {10, 20}});
  EXPECT_EQ(whole.take(21'000), (Runs{{1, 2}, {4, 5}, {10, 10}}));
  EXPECT_EQ(whole.runs, (Runs{{11, 20}}));
}

TEST(FetchPlan, WhatIsSmallIsTakenByTheHundred) {
  const auto taken = [](const char* items) {
    return plan(items, {{1, 40}}).take(40 * 1024).front().last;
  };
  EXPECT_EQ(taken("ENVELOPE"), 40U);
  EXPECT_EQ(taken("(ENVELOPE BODYSTRUCTURE)"), 20U);
  EXPECT_EQ(taken("BODY.PEEK[HEADER.FIELDS (SUBJECT)]"), 40U);
  EXPECT_EQ(taken("RFC822.HEADER"), 40U);
  EXPECT_EQ(taken("BODY.PEEK[]<0.1024>"), 40U);
  EXPECT_EQ(taken("BODY.PEEK[TEXT]"), 9U);
  EXPECT_EQ(taken("BODY.PEEK[1.2]"), 9U);
  EXPECT_EQ(taken("BINARY.PEEK[1]"), 9U);
  EXPECT_EQ(taken("BINARY.SIZE[1]"), 9U);
}

}  // namespace
}  // namespace postern::imap
