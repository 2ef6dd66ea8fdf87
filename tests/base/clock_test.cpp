#include "sync/base/clock.h"

#include <gtest/gtest.h>

namespace postern {
namespace {

TEST(Iso8601, IsUtcToTheSecond) {
  struct Row {
    std::int64_t seconds;
    const char* expected;
  };
  for (const Row& row :
       {Row{0, "1970-01-01T00:00:00Z"}, Row{1795452420, "2026-11-23T16:47:00Z"},
        Row{951782399, "2000-02-28T23:59:59Z"}, Row{951782400, "2000-02-29T00:00:00Z"},
        Row{-1, "1969-12-31T23:59:59Z"}, Row{4102444800, "2100-01-01T00:00:00Z"},
        Row{253402300799, "9999-12-31T23:59:59Z"}}) {
    EXPECT_EQ(iso8601(WallTime(std::chrono::seconds(row.seconds))), row.expected);
  }
}

TEST(WallNow, IsThisCentury) {
  EXPECT_GT(wall_now(), WallTime(std::chrono::seconds(1700000000)));
}

}  // namespace
}  // namespace postern
