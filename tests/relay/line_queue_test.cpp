#include "proxy/relay/line_queue.h"

#include <gtest/gtest.h>

namespace postern::relay {
namespace {

TEST(LineQueue, CutsLinesHoweverTheyCome) {
  const std::string text = "a\r\n\r\nb\rc\nlast";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    LineQueue queue(100);
    std::vector<std::string> lines;
    for (const std::string& piece : {text.substr(0, cut), text.substr(cut)}) {
      queue.add(piece);
      while (const auto line = queue.line()) lines.emplace_back(*line);
    }
    EXPECT_EQ(lines, (std::vector<std::string>{"a", "", "b\rc"})) << cut;
    EXPECT_EQ(queue.take(100), "last") << cut;
    EXPECT_TRUE(queue.empty());
    EXPECT_FALSE(queue.too_long());
  }
}

TEST(LineQueue, LinesEndWithinTheLimit) {
  LineQueue fits(4);
  fits.add("ab\r\nabcd");
  EXPECT_EQ(fits.line(), "ab");
  EXPECT_EQ(fits.line(), std::nullopt);
  EXPECT_TRUE(fits.too_long());

  LineQueue late_end(4);
  late_end.add("abcd\n");
  EXPECT_EQ(late_end.line(), std::nullopt);
  EXPECT_TRUE(late_end.too_long());
}

TEST(LineQueue, GivesOctetsBetweenLines) {
  LineQueue queue(100);
  queue.add("x\r\n12345y\r\n");
  EXPECT_EQ(queue.line(), "x");
  EXPECT_EQ(queue.take(5), "12345");
  EXPECT_EQ(queue.line(), "y");
}

}  // namespace
}  // namespace postern::relay
