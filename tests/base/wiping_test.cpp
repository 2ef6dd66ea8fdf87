#include "sync/base/wiping.h"

#include <gtest/gtest.h>

namespace postern {
namespace {

/// What stands at the place of a text after it was made shorter.
bool only_zeros(const std::string& text) {
  for (std::size_t i = 0; i <= text.capacity(); ++i) {
    if (text.data()[i] != '\0') return false;
  }
  return true;
}

TEST(Wiping, LeavesNothingOfAText) {
  for (const std::size_t octets : {0U, 1U, 15U, 16U, 5000U}) {
    std::string text(octets, 'x');
    wipe(text);
    EXPECT_TRUE(text.empty()) << octets;
    EXPECT_TRUE(only_zeros(text)) << octets;
  }
}

TEST(Wiping, ReachesWhatALongerTextHasLeft) {
  std::string text(5000, 'x');
  text.resize(3);
  wipe(text);
  EXPECT_TRUE(only_zeros(text));
}

TEST(Wiping, AppendsAsAppendDoes) {
  std::string text;
  std::string expected;
  for (int i = 0; i < 300; ++i) {
    const std::string piece(static_cast<std::size_t>(i % 40), static_cast<char>('a' + i % 26));
    append_wiping(text, piece);
    expected += piece;
    ASSERT_EQ(text, expected);
  }
}

}  // namespace
}  // namespace postern
