#include "proxy/imap/turn.h"

#include <gtest/gtest.h>

namespace postern::imap::test {
namespace {

TEST(Turn, C8EndsHoweverOftenItIsExtended) {
  Turn turn({}, std::chrono::milliseconds(1));
  while (!turn.over()) turn.extend();
}

TEST(Turn, EndsWhenTheAccountCloses) {
  std::stop_source closing;
  const Turn turn(closing.get_token(), std::chrono::hours(1));
  EXPECT_FALSE(turn.over());
  closing.request_stop();
  EXPECT_TRUE(turn.over());
}

}  // namespace
}  // namespace postern::imap::test
