#include "sync/base/flags.h"

#include <gtest/gtest.h>

namespace postern {
namespace {

constexpr SystemFlag every[] = {SystemFlag::seen, SystemFlag::answered, SystemFlag::flagged,
                                SystemFlag::deleted, SystemFlag::draft};

TEST(Flags, EachStandsForItself) {
  for (const SystemFlag set : every) {
    Flags flags;
    flags.add(set);
    for (const SystemFlag asked : every) EXPECT_EQ(flags.has(asked), asked == set);
  }
}

TEST(Flags, UnionAndDifference) {
  const Flags a{.keywords = 0b011, .system = 0b00011};
  const Flags b{.keywords = 0b110, .system = 0b00110};
  EXPECT_EQ(a | b, (Flags{.keywords = 0b111, .system = 0b00111}));
  EXPECT_EQ(a - b, (Flags{.keywords = 0b001, .system = 0b00001}));
  EXPECT_EQ(a - a, Flags{});
  EXPECT_EQ(a | Flags{}, a);
  // Keywords and system flags do not mix.
  EXPECT_EQ((Flags{.keywords = 1} - Flags{.system = 1}), (Flags{.keywords = 1}));
}

TEST(Flags, TheLastKeywordHasItsBit) {
  const Flags last{.keywords = 1ULL << 63};
  EXPECT_EQ((last | Flags{.keywords = 1}) - last, (Flags{.keywords = 1}));
}

}  // namespace
}  // namespace postern
