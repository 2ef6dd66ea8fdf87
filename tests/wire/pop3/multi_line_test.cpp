#include "sync/wire/pop3/multi_line.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sync/wire/byte_stuffing.h"
#include "tests/wire/chunks.h"

namespace postern::wire::pop3 {
namespace {

struct Decoded {
  std::string octets;
  bool ended = false;
  std::string left;  ///< behind the end
  bool operator==(const Decoded&) const = default;
};

void PrintTo(const Decoded& decoded, std::ostream* out) {
  *out << testing::PrintToString(decoded.octets) << (decoded.ended ? " ended" : " open")
       << ", left " << testing::PrintToString(decoded.left);
}

Decoded decode(const std::vector<std::string_view>& pieces) {
  MultiLineDecoder decoder;
  Decoded result;
  for (std::string_view piece : pieces) {
    if (!result.ended)
      result.ended =
          decoder.feed(piece, [&](std::string_view octets) { result.octets.append(octets); });
    result.left.append(piece);
  }
  return result;
}

struct Row {
  const char* name;
  std::string input;
  Decoded expected;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"plain, RFC 1939 section 3", "a\r\nb\r\n.\r\n", {"a\r\nb\r\n", true, ""}},
      {"no lines", ".\r\n", {"", true, ""}},
      {"an empty line", "\r\n.\r\n", {"\r\n", true, ""}},
      {"stuffed dot", "..\r\n.\r\n", {".\r\n", true, ""}},
      {"stuffed dots", "...a\r\n..b\r\n.\r\n", {"..a\r\n.b\r\n", true, ""}},
      {"the next answer stays", "a\r\n.\r\n+OK\r\n", {"a\r\n", true, "+OK\r\n"}},
      {"not stuffed by a sloppy server (D13: unstuffed)", ".a\r\n.\r\n", {"a\r\n", true, ""}},
      {"glued dot (D13)", "text.\r\n.\r\n", {"text.\r\n", true, ""}},
      {"glued dot and no terminator (D13)", "text.\r\n", {"text.\r\n", false, ""}},
      {"LF.CRLF is text (D13)", "a\n.\r\nb\r\n.\r\n", {"a\n.\r\nb\r\n", true, ""}},
      {"LF.LF is text (D13)", "a\n.\nb\r\n.\r\n", {"a\n.\nb\r\n", true, ""}},
      {"CR.CR is text (D13)", "a\r.\rb\r\n.\r\n", {"a\r.\rb\r\n", true, ""}},
      {"CR CR LF ends a line", "a\r\r\n.\r\n", {"a\r\r\n", true, ""}},
      {"CRLF.LF is text", "a\r\n.\nb\r\n.\r\n", {"a\r\n\nb\r\n", true, ""}},
      {"CRLF.CR and text", "a\r\n.\rb\r\n.\r\n", {"a\r\n\rb\r\n", true, ""}},
      {"CRLF.CR CRLF", "a\r\n.\r\r\n.\r\n", {"a\r\n\r\r\n", true, ""}},
      {"dot behind an LF at the start", "\n.\r\n.\r\n", {"\n.\r\n", true, ""}},
      {"lone LF (D14)", "a\nb\nc\r\n.\r\n", {"a\nb\nc\r\n", true, ""}},
      {"no terminator (D13)", "a\r\nb\r\n", {"a\r\nb\r\n", false, ""}},
      {"cut in the terminator", "a\r\n.\r", {"a\r\n", false, ""}},
      {"cut at the dot", "a\r\n.", {"a\r\n", false, ""}},
      {"NUL and 8-bit octets (D14)",
       std::string("\0\xff\r\n.\r\n", 7),
       {std::string("\0\xff\r\n", 4), true, ""}},
  };
  return all;
}

TEST(MultiLineDecoder, GivesTheSameForEveryDivision) {
  for (const Row& row : rows()) {
    for (const auto& pieces : test::divisions(row.input))
      EXPECT_EQ(decode(pieces), row.expected) << row.name << ", pieces: " << pieces.size();
  }
}

TEST(MultiLineDecoder, IsReadyForTheNextAnswerAfterTheEnd) {
  MultiLineDecoder decoder;
  std::string_view input = "..a\r\n.\r\n..b\r\n.\r\n";
  std::string octets;
  const auto collect = [&](std::string_view piece) { octets.append(piece); };
  EXPECT_TRUE(decoder.feed(input, collect));
  EXPECT_TRUE(decoder.feed(input, collect));
  EXPECT_EQ(octets, ".a\r\n.b\r\n");
  EXPECT_TRUE(input.empty());
}

TEST(MultiLineDecoder, PassesUnstuffedTextOnInOnePiece) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "the quick brown fox. jumps over the lazy dog\r\n";
  const std::string wire = text + ".\r\n";
  std::string_view input = wire;
  std::size_t pieces = 0;
  MultiLineDecoder decoder;
  EXPECT_TRUE(decoder.feed(input, [&](std::string_view) { ++pieces; }));
  EXPECT_EQ(pieces, 1U);
}

/// Octets that are likely to hit the corners: dots, CR, LF.
std::string random_text(std::mt19937& random, std::size_t octets) {
  constexpr std::string_view letters = "..\r\n\r\nab";
  std::uniform_int_distribution<std::size_t> pick(0, letters.size() - 1);
  std::string text;
  while (text.size() < octets) text.push_back(letters[pick(random)]);
  return text;
}

TEST(MultiLineDecoder, AnyDivisionOfRandomOctetsDecodesAlike) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    const std::string text = random_text(random, 40);
    const Decoded whole = decode({text});
    for (const auto& pieces : test::divisions(text))
      ASSERT_EQ(decode(pieces), whole) << testing::PrintToString(text);
  }
}

/// What goes out has CRLF line ends and a last line that is complete.
std::string normalised(std::string_view text) {
  std::string lines;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) lines.push_back('\r');
    lines.push_back(text[i]);
  }
  if (!lines.empty() && lines.back() != '\n') lines += lines.back() == '\r' ? "\n" : "\r\n";
  return lines;
}

TEST(ByteStuffer, IsUndoneByTheDecoderForEveryDivision) {
  std::mt19937 random(2);
  for (int round = 0; round < 2000; ++round) {
    const std::string text = random_text(random, 24);
    for (const auto& pieces : test::divisions(text)) {
      ByteStuffer stuffer;
      std::string wire;
      for (const std::string_view piece : pieces) stuffer.append(piece, wire);
      stuffer.finish(wire);
      ASSERT_EQ(decode({wire}), (Decoded{normalised(text), true, ""}))
          << testing::PrintToString(text);
    }
  }
}

TEST(ByteStuffer, SendsWhatTheProtocolWants) {
  struct {
    const char* name;
    std::string text;
    std::string expected;
  } const table[] = {
      {"empty message (D14)", "", ".\r\n"},
      {"no final CRLF (D14)", "a", "a\r\n.\r\n"},
      {"a final CR", "a\r", "a\r\n.\r\n"},
      {"dots are stuffed, RFC 1939 section 3", ".\r\n..\r\n", "..\r\n...\r\n.\r\n"},
      {"a dot within a line is not", "a.b\r\n", "a.b\r\n.\r\n"},
      {"lone LF goes out as CRLF", "a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"},
  };
  for (const auto& row : table) {
    ByteStuffer stuffer;
    std::string out;
    stuffer.append(row.text, out);
    stuffer.finish(out);
    EXPECT_EQ(out, row.expected) << row.name;
  }
}

}  // namespace
}  // namespace postern::wire::pop3
