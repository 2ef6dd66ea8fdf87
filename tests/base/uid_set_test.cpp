#include "sync/base/uid_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace postern {
namespace {

constexpr std::uint32_t last_uid = 0xffffffffU;

UidSet::Range range(std::uint32_t first, std::uint32_t last) {
  return {Uid(first), Uid(last)};
}

/// From 1 to `most`.
std::uint32_t draw(std::mt19937& random, std::uint32_t most) {
  return std::uniform_int_distribution<std::uint32_t>(1, most)(random);
}

/// What the class promises of its ranges, whatever was put in.
void expect_normal(const UidSet& set) {
  const auto& ranges = set.ranges();
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    EXPECT_LE(ranges[i].first, ranges[i].last);
    if (i > 0) {
      EXPECT_GT(ranges[i].first.value, ranges[i - 1].last.value + 1ULL);
    }
  }
}

TEST(UidSet, RangesInAnyOrderAreMerged) {
  struct Row {
    const char* name;
    std::vector<UidSet::Range> given;
    std::vector<UidSet::Range> expected;
  };
  const std::vector<Row> rows = {
      {"none", {}, {}},
      {"swapped ends", {range(7, 3)}, {range(3, 7)}},
      {"touching", {range(1, 2), range(3, 4)}, {range(1, 4)}},
      {"a gap of one", {range(1, 2), range(4, 5)}, {range(1, 2), range(4, 5)}},
      {"overlapping", {range(1, 5), range(3, 9)}, {range(1, 9)}},
      {"inside", {range(1, 9), range(3, 4)}, {range(1, 9)}},
      {"out of order", {range(8, 9), range(1, 2)}, {range(1, 2), range(8, 9)}},
      {"the same often", {range(1, 1), range(1, 1), range(1, 1)}, {range(1, 1)}},
      {"up to the end", {range(last_uid, last_uid), range(1, last_uid - 1)}, {range(1, last_uid)}},
      {"everything twice", {range(1, last_uid), range(last_uid, 1)}, {range(1, last_uid)}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const UidSet set(row.given);
    EXPECT_EQ(set.ranges(), row.expected);
    expect_normal(set);
  }
}

TEST(UidSet, EndsOfTheNumbers) {
  const UidSet all = UidSet::all();
  EXPECT_FALSE(all.contains(Uid(0)));
  EXPECT_TRUE(all.contains(Uid(1)));
  EXPECT_TRUE(all.contains(Uid(last_uid)));
  EXPECT_EQ(all.count(), std::size_t{last_uid});

  UidSet set;
  set.add(Uid(last_uid));
  set.add(Uid(last_uid));
  set.add(Uid(last_uid - 1));
  EXPECT_EQ(set.ranges(), (std::vector<UidSet::Range>{range(last_uid - 1, last_uid)}));
}

TEST(UidSet, EmptyHoldsNothing) {
  const UidSet set;
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.count(), 0U);
  EXPECT_FALSE(set.contains(Uid(1)));
}

// C9: naming the same number again costs nothing.
TEST(UidSet, RepetitionsTakeNoRoom) {
  UidSet set;
  for (int i = 0; i < 100000; ++i) set.add(Uid(1));
  EXPECT_EQ(set.ranges().size(), 1U);
}

/// Against std::set, over small numbers so that ranges meet often.
TEST(UidSet, BehavesLikeASet) {
  std::mt19937 random(20261123);
  for (int round = 0; round < 300; ++round) {
    UidSet set;
    std::set<std::uint32_t> model;
    std::vector<UidSet::Range> given;
    const std::uint32_t span = draw(random, 60);
    for (int step = 0; step < 40; ++step) {
      const std::uint32_t number = draw(random, span);
      set.add(Uid(number));
      model.insert(number);
      given.push_back(range(number, number));
      ASSERT_EQ(set.count(), model.size());
    }
    expect_normal(set);
    for (std::uint32_t number = 0; number <= span + 1; ++number) {
      ASSERT_EQ(set.contains(Uid(number)), model.contains(number)) << number;
    }
    // The same numbers in another order and at once give the same set.
    std::ranges::shuffle(given, random);
    ASSERT_EQ(UidSet(given), set);
  }
}

TEST(UidSet, RandomRangesBehaveLikeASet) {
  std::mt19937 random(42);
  for (int round = 0; round < 300; ++round) {
    std::vector<UidSet::Range> given;
    std::set<std::uint32_t> model;
    for (int i = 0; i < 12; ++i) {
      const std::uint32_t a = draw(random, 80);
      const std::uint32_t b = draw(random, 80);
      given.push_back(range(a, b));
      for (std::uint32_t n = std::min(a, b); n <= std::max(a, b); ++n) model.insert(n);
    }
    const UidSet set(given);
    expect_normal(set);
    ASSERT_EQ(set.count(), model.size());
    for (std::uint32_t n = 0; n <= 81; ++n) ASSERT_EQ(set.contains(Uid(n)), model.contains(n)) << n;
  }
}

TEST(UidSet, AnIntersectionHoldsWhatBothHold) {
  std::mt19937 random(43);
  for (int round = 0; round < 300; ++round) {
    const auto some = [&] {
      std::vector<UidSet::Range> ranges;
      for (std::uint32_t i = draw(random, 8); i != 0; --i)
        ranges.push_back(range(draw(random, 60), draw(random, 60)));
      return UidSet(std::move(ranges));
    };
    const UidSet a = some();
    const UidSet b = some();
    const UidSet both = intersection(a, b);
    expect_normal(both);
    for (std::uint32_t n = 0; n <= 61; ++n)
      ASSERT_EQ(both.contains(Uid(n)), a.contains(Uid(n)) && b.contains(Uid(n))) << n;
  }
}

}  // namespace
}  // namespace postern
