#include "proxy/imap/extended_answer.h"

#include <numeric>

#include <gtest/gtest.h>

namespace postern::imap {
namespace {

using wire::imap::Numbers;
using wire::imap::PartialRange;
using Returns = wire::imap::ReturnOptions;

Returns returns(int options, std::optional<PartialRange> partial = std::nullopt) {
  return {static_cast<std::uint8_t>(options), partial};
}

/// RFC 4731 section 3.1, RFC 9394 section 3.1.
TEST(ExtendedAnswer, SaysWhatIsAskedFor) {
  const std::vector<std::uint32_t> some = {2, 3, 5, 9};
  const std::vector<std::uint32_t> sorted = {5, 3, 4, 9, 2};
  const std::vector<std::uint32_t> nothing;
  struct Row {
    Returns returns;
    const std::vector<std::uint32_t>& numbers;
    const char* expected;
  };
  const Row rows[] = {
      {returns(Returns::all), some, " ALL 2:3,5,9"},
      {returns(Returns::all), sorted, " ALL 5,3:4,9,2"},
      {returns(Returns::min | Returns::max | Returns::count), some, " MIN 2 MAX 9 COUNT 4"},
      {returns(Returns::min | Returns::max), sorted, " MIN 5 MAX 2"},
      {returns(Returns::min | Returns::all), nothing, ""},
      {returns(Returns::count | Returns::save), nothing, " COUNT 0"},
      {returns(Returns::update), some, ""},
      {returns(0, PartialRange{1, 2}), some, " PARTIAL (1:2 2:3)"},
      {returns(0, PartialRange{4, 3}), some, " PARTIAL (4:3 5,9)"},
      {returns(0, PartialRange{-1, -2}), some, " PARTIAL (-1:-2 5,9)"},
      {returns(0, PartialRange{5, 9}), some, " PARTIAL (5:9 NIL)"},
      {returns(Returns::count, PartialRange{1, 1}), sorted, " PARTIAL (1:1 5) COUNT 5"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(extended_line("a\"1", Numbers::uid, row.returns, row.numbers),
              "* ESEARCH (TAG \"a\\\"1\") UID" + std::string(row.expected) + "\r\n");
  }
  EXPECT_EQ(extended_line("t", Numbers::sequence, returns(Returns::count), some),
            "* ESEARCH (TAG \"t\") COUNT 4\r\n");
  EXPECT_EQ(extended_line("t", Numbers::sequence, returns(Returns::save), some), "");
  EXPECT_EQ(plain_line("SORT", sorted), "* SORT 5 3 4 9 2\r\n");
  EXPECT_EQ(plain_line("SEARCH", nothing), "* SEARCH\r\n");
}

/// RFC 9394 section 3.1.
TEST(ExtendedAnswer, CutsPositionsFromEitherEnd) {
  struct Row {
    PartialRange range;
    std::size_t begin;
    std::size_t end;
  };
  const Row rows[] = {
      {{1, 10}, 0, 10},   {{3, 3}, 2, 3},           {{10, 11}, 9, 10},          {{11, 20}, 10, 10},
      {{-1, -3}, 7, 10},  {{-3, -1}, 7, 10},        {{-10, -10}, 0, 1},         {{-9, -40}, 0, 2},
      {{-11, -20}, 0, 0}, {{1, 4294967295}, 0, 10}, {{-4294967295, -1}, 0, 10},
  };
  for (const Row& row : rows) {
    const Slice part = slice(row.range, 10);
    EXPECT_EQ(part.begin, row.begin) << row.range.first << ':' << row.range.last;
    EXPECT_EQ(part.end, row.end) << row.range.first << ':' << row.range.last;
  }
  EXPECT_EQ(slice({-1, -5}, 0).end, 0U);
}

Found found(std::uint32_t count) {
  auto piece = std::make_shared<store::Piece>();
  Found result;
  for (std::uint32_t i = 1; i <= count; ++i) {
    store::Entry entry;
    entry.uid = Uid(i);
    piece->entries.push_back(entry);
    result.messages.emplace_back(i);
  }
  store::Snapshot::Head head;
  head.keywords = std::make_shared<std::vector<std::string>>();
  result.view = std::make_shared<store::Snapshot>(head, store::Snapshot::Pieces{piece});
  return result;
}

/// RFC 5182 section 2.4, RFC 9394 section 3.2.
TEST(ExtendedAnswer, SavesWhatTheOptionsMean) {
  struct Row {
    Returns returns;
    std::vector<UidSet::Range> expected;
  };
  const UidSet::Range all{Uid(1), Uid(9)};
  const UidSet::Range first{Uid(1), Uid(1)};
  const UidSet::Range last{Uid(9), Uid(9)};
  const UidSet::Range part{Uid(4), Uid(5)};
  const PartialRange partial{4, 5};
  const Row rows[] = {
      {returns(Returns::save), {all}},
      {returns(Returns::save | Returns::min), {first}},
      {returns(Returns::save | Returns::max), {last}},
      {returns(Returns::save | Returns::min | Returns::max), {first, last}},
      {returns(Returns::save | Returns::min | Returns::count), {all}},
      {returns(Returns::save | Returns::max | Returns::all), {all}},
      {returns(Returns::save, partial), {part}},
      {returns(Returns::save | Returns::min, partial), {first, part}},
      {returns(Returns::save | Returns::min | Returns::max, partial), {first, part, last}},
      {returns(Returns::save | Returns::count, partial), {all}},
  };
  for (const Row& row : rows) EXPECT_EQ(saved_part(row.returns, found(9)).ranges(), row.expected);
  EXPECT_TRUE(saved_part(returns(Returns::save | Returns::min), {found(9).view, {}, {}}).empty());
}

}  // namespace
}  // namespace postern::imap
