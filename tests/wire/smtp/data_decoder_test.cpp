#include "sync/wire/smtp/data_decoder.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sync/wire/byte_stuffing.h"
#include "tests/wire/chunks.h"

namespace postern::wire::smtp {
namespace {

/// The message, "#", and what follows it; without an end the message alone.
std::string decode(const std::vector<std::string_view>& pieces) {
  DataDecoder decoder;
  std::string out;
  bool ended = false;
  for (std::string_view piece : pieces) {
    if (!ended && decoder.feed(piece, out) == DataDecoder::Status::end) {
      ended = true;
      out += "#";
    }
    if (ended) out += piece;
  }
  return out;
}

struct Row {
  const char* name;
  std::string octets;
  std::string expected;
};

TEST(DataDecoder, FindsTheOneEndForEveryDivision) {
  const std::vector<Row> rows{
      {"RFC 5321 section 4.5.2", "a\r\n.\r\n", "a\r\n#"},
      {"an empty message", ".\r\n", "#"},
      {"a dot is undone", "..a\r\n.\r\n", ".a\r\n#"},
      {"two dots", "..\r\n.\r\n", ".\r\n#"},
      {"a dot that was not doubled", ".a\r\n.\r\n", "a\r\n#"},
      {"a dot within a line", "a.\r\n.\r\n", "a.\r\n#"},
      {"the next command behind", "a\r\n.\r\nQUIT\r\n", "a\r\n#QUIT\r\n"},
      {"E13 LF.LF", "a\n.\nMAIL\r\n.\r\n", "a\n.\nMAIL\r\n#"},
      {"E13 LF.CRLF", "a\n.\r\nMAIL\r\n.\r\n", "a\n.\r\nMAIL\r\n#"},
      {"E13 CRLF.LF", "a\r\n.\nMAIL\r\n.\r\n", "a\r\n\nMAIL\r\n#"},
      {"E13 CR.CR", "a\r.\rMAIL\r\n.\r\n", "a\r.\rMAIL\r\n#"},
      {"E13 CRLF.CR", "a\r\n.\rMAIL\r\n.\r\n", "a\r\n\rMAIL\r\n#"},
      {"E13 CR.CRLF", "a\r.\r\nMAIL\r\n.\r\n", "a\r.\r\nMAIL\r\n#"},
      {"E13 LF.CR", "a\n.\rMAIL\r\n.\r\n", "a\n.\rMAIL\r\n#"},
      {"E13 CRCRLF.CRLF", "a\r\r\n.\r\n", "a\r\r\n#"},
      {"E13 CRLF.NUL.CRLF", std::string("a\r\n.\0.\r\n.\r\n", 11), std::string("a\r\n\0.\r\n#", 8)},
      {"no end", "a\r\n", "a\r\n"},
  };
  for (const Row& row : rows)
    for (const auto& pieces : test::divisions(row.octets))
      EXPECT_EQ(decode(pieces), row.expected) << row.name;
}

TEST(DataDecoder, UndoesWhatAServerOfOursIsSent) {
  const std::vector<std::string> messages{"", "a\r\n", ".\r\n", "..\r\n.a\r\n\r\n.\r\n",
                                          "\r\n\r\n"};
  for (const std::string& message : messages) {
    ByteStuffer stuffer;
    std::string sent;
    stuffer.append(message, sent);
    stuffer.finish(sent);
    EXPECT_EQ(decode({sent}), message + "#");
  }
}

}  // namespace
}  // namespace postern::wire::smtp
