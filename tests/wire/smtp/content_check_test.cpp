#include "sync/wire/smtp/content_check.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/wire/chunks.h"

namespace postern::wire::smtp {
namespace {

struct Row {
  const char* name;
  std::string octets;
  std::string expected;  ///< a letter for each thing found
};

std::string found(const std::vector<std::string_view>& pieces) {
  ContentCheck check;
  for (const std::string_view piece : pieces) check.feed(piece);
  const ContentCheck::Found what = check.finish();
  std::string out;
  if (what.bare_line_end) out += 'b';
  if (what.eight_bit) out += '8';
  if (what.nul) out += '0';
  if (what.long_line) out += 'l';
  if (what.open_end) out += 'o';
  return out;
}

TEST(ContentCheck, SaysTheSameForEveryDivision) {
  const std::vector<Row> rows{
      {"lines", "a\r\nb\r\n", ""},
      {"nothing", "", ""},
      {"E13 a bare LF", "a\nb\r\n", "b"},
      {"E13 a bare LF at the start", "\n", "b"},
      {"E13 a bare CR", "a\rb\r\n", "b"},
      {"E13 a bare CR before CRLF", "a\r\r\n", "b"},
      {"E13 a bare CR at the end", "a\r\nb\r", "bo"},
      {"an open end", "a\r\nb", "o"},
      {"8-bit", "\xc3\xa4\r\n", "8"},
      {"NUL", std::string("a\0\r\n", 4), "0"},
  };
  for (const Row& row : rows)
    for (const auto& pieces : test::divisions(row.octets))
      EXPECT_EQ(found(pieces), row.expected) << row.name;
}

TEST(ContentCheck, LinesMayHave998Octets) {
  EXPECT_EQ(found({std::string(998, 'a') + "\r\n"}), "");
  EXPECT_EQ(found({std::string(999, 'a') + "\r\n"}), "l");
  EXPECT_EQ(found({std::string(600, 'a'), std::string(600, 'a'), "\r\n"}), "l");
  EXPECT_EQ(found({std::string(600, 'a') + "\r\n", std::string(600, 'a'), "\r\n"}), "");
}

}  // namespace
}  // namespace postern::wire::smtp
