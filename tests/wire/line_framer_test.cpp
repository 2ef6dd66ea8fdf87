#include "sync/wire/line_framer.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/wire/chunks.h"

namespace postern::wire {
namespace {

struct Cut {
  std::vector<std::string> lines;
  bool too_long = false;
  bool operator==(const Cut&) const = default;
};

Cut cut(const std::vector<std::string_view>& pieces, std::size_t limit) {
  LineFramer framer(limit);
  Cut result;
  for (std::string_view piece : pieces) {
    while (true) {
      const auto status = framer.next(piece);
      if (status == LineFramer::Status::more) break;
      if (status == LineFramer::Status::too_long) {
        result.too_long = true;
        return result;
      }
      result.lines.emplace_back(framer.line());
    }
  }
  return result;
}

struct Row {
  const char* name;
  std::string input;
  Cut expected;
};

TEST(LineFramer, CutsTheSameLinesForEveryDivision) {
  const std::vector<Row> rows{
      {"one line, RFC 1939 section 3", "+OK rdy\r\n", {{"+OK rdy"}}},
      {"two lines", "a\r\nb\r\n", {{"a", "b"}}},
      {"an empty line", "\r\n", {{""}}},
      {"a lone LF ends a line (D22)", "+OK\n-ERR\n", {{"+OK", "-ERR"}}},
      {"a CR within a line stays", "a\rb\r\n", {{"a\rb"}}},
      {"two CR: one belongs to the end", "a\r\r\n", {{"a\r"}}},
      {"what has no end is no line", "abc", {{}}},
      {"NUL and 8-bit octets stay (D22)",
       std::string("\0\xff\r\n", 4),
       {{std::string("\0\xff", 2)}}},
      {"exactly the limit", "12345678\r\n", {{"12345678"}}},
      {"exactly the limit and a lone LF", "12345678\n", {{"12345678"}}},
      {"one more than the limit (D12)", "123456789\r\n", {{}, true}},
      {"one more than the limit, lone LF", "123456789\n", {{}, true}},
      {"endless (D12)", "12345678901234567890", {{}, true}},
      {"a long line behind a good one", "ok\r\n1234567890\r\n", {{"ok"}, true}},
  };
  for (const Row& row : rows) {
    for (const auto& pieces : test::divisions(row.input))
      EXPECT_EQ(cut(pieces, 8), row.expected) << row.name << ", pieces: " << pieces.size();
  }
}

}  // namespace
}  // namespace postern::wire
