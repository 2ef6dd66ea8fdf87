#include "sync/wire/smtp/reply.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/wire/chunks.h"

namespace postern::wire::smtp {
namespace {

/// All replies as "code status|line|line", then what ended it.
std::string read(const std::vector<std::string_view>& pieces) {
  ReplyReader reader;
  std::string out;
  for (std::string_view piece : pieces) {
    while (true) {
      const auto status = reader.next(piece);
      if (status == ReplyReader::Status::more) break;
      if (status == ReplyReader::Status::malformed) return out + "malformed";
      const Reply reply = reader.take();
      out += std::to_string(reply.code);
      if (reply.status) out += " " + reply.status->text();
      for (const std::string& line : reply.lines) out += "|" + line;
      out += "\n";
    }
  }
  return out;
}

struct Row {
  const char* name;
  std::string octets;
  std::string expected;
};

TEST(ReplyReader, ReadsTheSameForEveryDivision) {
  const std::vector<Row> rows{
      {"RFC 5321 section 4.2", "250 ok\r\n", "250|ok\n"},
      {"several lines, RFC 5321 section 4.2.1", "250-a\r\n250-b\r\n250 c\r\n", "250|a|b|c\n"},
      {"an enhanced code, RFC 2034", "550 5.1.1 no such user\r\n", "550 5.1.1|no such user\n"},
      {"an enhanced code on each line", "250-2.1.0 a\r\n250 2.1.0 b\r\n", "250 2.1.0|a|b\n"},
      {"a bare code", "250\r\n", "250|\n"},
      {"a lone LF", "250-a\n250 b\n", "250|a|b\n"},
      {"two replies", "250 a\r\n354 b\r\n", "250|a\n354|b\n"},
      {"no enhanced code but a number", "250 5.7 miles\r\n", "250|5.7 miles\n"},
      {"E14 changing codes", "250-a\r\n550 b\r\n", "malformed"},
      {"E14 code 000", "000 a\r\n", "malformed"},
      {"E14 code 999", "999 a\r\n", "malformed"},
      {"E14 no code", "hello\r\n", "malformed"},
      {"E14 a code glued to words", "250ok\r\n", "malformed"},
      {"E14 NUL and escape codes", std::string("550 a\0b\x1b[2Jc\r\n", 14), "550|a?b?[2Jc\n"},
      {"8-bit that is no UTF-8", "550 f\xfcr\r\n", "550|f?r\n"},
      {"UTF-8, RFC 6531 section 3.7.4.1", "550 f\xc3\xbcr\r\n", "550|f\xc3\xbcr\n"},
      {"after nonsense nothing counts", "x\r\n250 ok\r\n", "malformed"},
  };
  for (const Row& row : rows)
    for (const auto& pieces : test::divisions(row.octets))
      EXPECT_EQ(read(pieces), row.expected) << row.name;
}

TEST(ReplyReader, E14ALineWithoutAnEndIsNotGathered) {
  EXPECT_EQ(read({"250 " + std::string(100'000, 'x')}), "malformed");
}

TEST(ReplyReader, E14AReplyWithoutAnEndIsBounded) {
  std::string octets;
  for (int i = 0; i < 100'000; ++i) octets += "250-x\r\n";
  EXPECT_EQ(read({octets}), "malformed");
}

TEST(Reply, IsReadAsItWasWritten) {
  const std::vector<Reply> replies{{250, std::nullopt, {"ok"}},
                                   {250, std::nullopt, {"a", "b", ""}},
                                   {550, EnhancedStatus{5, 1, 1}, {"no such user", "at all"}}};
  for (const Reply& reply : replies) {
    ReplyReader reader;
    const std::string octets = format_reply(reply);
    std::string_view input = octets;
    ASSERT_EQ(reader.next(input), ReplyReader::Status::reply);
    const Reply back = reader.take();
    EXPECT_EQ(back.code, reply.code);
    EXPECT_EQ(back.status, reply.status);
    EXPECT_EQ(back.lines, reply.lines);
    EXPECT_TRUE(input.empty());
  }
}

TEST(Reply, SaysItsLine) {
  EXPECT_EQ((Reply{550, EnhancedStatus{5, 1, 1}, {"no", "user"}}).line(), "550 5.1.1 no user");
  EXPECT_EQ((Reply{250, std::nullopt, {"ok"}}).line(), "250 ok");
}

}  // namespace
}  // namespace postern::wire::smtp
