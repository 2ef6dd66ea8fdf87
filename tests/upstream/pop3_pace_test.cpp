#include "sync/upstream/pop3_pace.h"

#include <gtest/gtest.h>

namespace postern::upstream {
namespace {

using namespace std::chrono_literals;

TEST(Pop3Pace, TellsASlowServerFromOneThatOnlyKeepsUsWaiting) {  // D25
  struct Row {
    const char* name;
    std::size_t octets;
    Pop3Pace::Duration each;
    bool fast_enough;  ///< over ten minutes of waiting
  };
  const Row rows[] = {
      {"an octet a minute", 1, 1min, false},
      {"an octet a second", 1, 1s, false},
      {"fifteen octets a second", 15, 1s, false},
      {"a slow modem", 30, 1s, true},
      {"in bursts", 16384, 50s, true},
      {"at once", 1 << 17, 1us, true},
  };
  for (const Row& row : rows) {
    Pop3Pace pace(2min);
    bool fast_enough = true;
    for (Pop3Pace::Duration waited{}; waited < 10min && fast_enough && row.each > 1ms;
         waited += row.each)
      fast_enough = pace.received(row.octets, row.each);
    EXPECT_EQ(fast_enough, row.fast_enough) << row.name;
  }
}

TEST(Pop3Pace, ANewAnswerMayTakeItsTimeToBegin) {
  Pop3Pace pace(2min);
  for (int answer = 0; answer < 10; ++answer) {
    pace.begin();
    EXPECT_TRUE(pace.received(5, 59s)) << answer;
  }
}

}  // namespace
}  // namespace postern::upstream
