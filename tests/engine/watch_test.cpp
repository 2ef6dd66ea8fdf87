#include "sync/engine/watch.h"

#include <gtest/gtest.h>

namespace postern::engine {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

constexpr WallTime begin{seconds(1'700'000'000)};

TEST(Watch, GoesByTheTimeSinceBoot) {  // J11, R17
  store::SourceRecord record = watched({}, begin, {"one", hours(5)});
  EXPECT_EQ(record.watched, seconds(0));
  EXPECT_EQ(record.boot, "one");
  struct {
    const char* name;
    seconds wall;  ///< since `begin`
    BootTime boot;
    seconds expected;
  } const rows[] = {
      {"nothing passed", {}, {"one", hours(5)}, {}},
      {"less than is recorded", hours(1), {"one", hours(6) - seconds(1)}, {}},
      {"an hour", hours(1), {"one", hours(6)}, hours(1)},
      {"the machine or the program slept", days(7), {"one", days(7) + hours(5)}, days(7)},
      {"the clock jumps by 400 days", days(400), {"one", hours(7)}, hours(2)},
      {"the clock is set back", -days(400), {"one", hours(7)}, hours(2)},
      {"another boot", hours(9), {"two", hours(1)}, hours(9)},
      {"another boot, with a wrong clock", days(400), {"two", hours(1)}, most_unwitnessed},
      {"another boot, with a clock of long ago", -days(400), {"two", hours(1)}, {}},
      {"an id twice", hours(3), {"one", hours(1)}, hours(3)},
  };
  for (const auto& row : rows)
    EXPECT_EQ(watched(record, begin + row.wall, row.boot).watched, row.expected) << row.name;
}

TEST(Watch, AStartWithAWrongClockCountsOnce) {  // J11
  store::SourceRecord record = watched({}, begin, {"one", hours(1)});
  record = watched(record, begin + days(60), {"two", seconds(10)});
  record = watched(record, begin, {"two", hours(1) + seconds(10)});
  record = watched(record, begin + days(60), {"two", hours(2) + seconds(10)});
  EXPECT_EQ(record.watched, most_unwitnessed + hours(2));
}

TEST(Watch, IsReadFromTheMachine) {
  const BootTime first = boot_now();
  const BootTime second = boot_now();
  EXPECT_FALSE(first.id.empty());
  EXPECT_EQ(first.id, second.id);
  EXPECT_GT(first.since, seconds(0));
  EXPECT_GE(second.since, first.since);
}

}  // namespace
}  // namespace postern::engine
