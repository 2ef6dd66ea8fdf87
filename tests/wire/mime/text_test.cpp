#include "sync/wire/mime/text.h"
#include "sync/wire/mime/folding.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <ios>
#include <random>
#include <string>
#include <vector>

#include "sync/wire/mime/normalization.h"

namespace postern::wire::mime {
namespace {

std::string utf8_from(std::u32string_view points) {
  std::string out;
  const auto put = [&](char32_t octet) { out += static_cast<char>(octet); };
  for (const char32_t point : points) {
    if (point >= 0x10000) {
      put(0xf0 | point >> 18);
      put(0x80 | (point >> 12 & 0x3f));
    } else if (point >= 0x800) {
      put(0xe0 | point >> 12);
    } else if (point >= 0x80) {
      put(0xc0 | point >> 6);
    }
    if (point >= 0x800) put(0x80 | (point >> 6 & 0x3f));
    put(point < 0x80 ? point : 0x80 | (point & 0x3f));
  }
  return out;
}

struct TextRow {
  const char* name;
  std::string input;
  std::string expected;
};

void check(const std::vector<TextRow>& rows, std::string (*decode)(std::string_view)) {
  for (const TextRow& row : rows) EXPECT_EQ(decode(row.input), row.expected) << row.name;
}

/// RFC 2047.
TEST(DecodeHeader, Rows) {
  check(
      {
          {"plain", "Lunch on Friday", "Lunch on Friday"},
          {"nothing", "", ""},
          {"leading space", "  x", "x"},
          {"fold, RFC 5322 2.2.3", "one\r\n two\n\tthree", "one two\tthree"},
          {"Q, section 4.2", "=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus_K=c3=b6ln?=", "Grüße aus Köln"},
          {"B, section 4.1", "=?UTF-8?b?R3LDvMOfZQ==?=", "Grüße"},
          {"latin1", "=?iso-8859-1?q?caf=E9?=", "café"},
          {"ISO-2022-JP as it is", "\x1b$B$3$s$K$A$O\x1b(B!", "こんにちは!"},
          {"language, RFC 2231 5", "=?utf-8*de?Q?ja?=", "ja"},
          {"space between words goes, section 6.2", "=?utf-8?Q?a?=  =?utf-8?Q?b?=", "ab"},
          {"fold between words goes", "=?utf-8?Q?a?=\r\n =?utf-8?Q?b?=", "ab"},
          {"space beside text stays", "x =?utf-8?Q?a?= y", "x a y"},
          {"word within text", "Re:=?utf-8?Q?a?=,b", "Re:a,b"},
          {"two charsets", "=?iso-8859-1?Q?=E9?= =?utf-8?Q?=C3=A9?=", "éé"},
          {"character split between words", "=?utf-8?B?4pyT4py=?= =?utf-8?B?k+KckA==?=", "✓✓✐"},
          {"character split between Q words", "=?UTF-8?Q?=E2=9C?=\r\n =?utf-8?q?=93?=", "✓"},
          {"spaces inside", "=?utf-8?Q?one two?=", "one two"},
          {"question mark inside Q", "=?utf-8?Q?really? yes?=", "really? yes"},
          {"equals sign at the end of Q", "=?utf-8?Q?a=?=", "a="},
          {"padding missing", "=?utf-8?B?YQ?=", "a"},
          {"padding too much", "=?utf-8?B?YQ====?=", "a"},
          {"last equals sign missing", "=?utf-8?B?YQ==?", "a"},
          {"unknown encoding stays", "=?utf-8?Z?a?=", "=?utf-8?Z?a?="},
          {"unknown charset", "=?x-nobody-knows?Q?a=C3=A9?=", "aé"},
          {"empty word",
           "=?utf-8?B?"
           "?=",
           ""},
          {"open at the end", "x =?", "x =?"},
          {"open word before a good one", "=?utf-8?Q?a =?utf-8?Q?b?=", "=?utf-8?Q?a b"},
          {"no charset",
           "=?"
           "?Q?a?=",
           "a"},
          {"japanese", "=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "日本"},
          {"chinese, gb2312 as gb18030", "=?gb2312?B?1tDOxA==?=", "中文"},
          {"raw UTF-8, RFC 6532", "Grüße", "Grüße"},
          {"raw latin1", "caf\xe9", "café"},
          {"no new lines from within, own_encoded_inject",
           "=?utf-8?Q?a=0D=0ABcc:_x?=", "a  Bcc: x"},
      },
      decode_header);
}

/// RFC 2045 section 6.8.
TEST(DecodeBase64, Rows) {
  check(
      {
          {"whole groups", "YWJj", "abc"},
          {"one octet", "YQ==", "a"},
          {"two octets", "YWI=", "ab"},
          {"line ends", "YW\r\nJj\r\n", "abc"},
          {"noise", "Y-W_J!j", "abc"},
          {"no padding", "YWI", "ab"},
          {"one digit left over", "YWJjZ", "abc"},
          {"two texts behind each other", "YQ==YWI=", "aab"},
          {"nothing", "", ""},
          {"only padding", "====", ""},
      },
      [](std::string_view text) { return decode_transfer(text, "BASE64"); });
}

/// RFC 2045 section 6.7.
TEST(DecodeQuotedPrintable, Rows) {
  check(
      {
          {"octets", "a=3Db=e9", "a=b\xe9"},
          {"soft break", "a=\r\nb", "ab"},
          {"soft break with space, rule 3", "a= \t\r\nb", "ab"},
          {"soft break with bare LF", "a=\nb", "ab"},
          {"soft break at the end", "a=", "a"},
          {"hard break", "a\r\nb", "a\r\nb"},
          {"space at line end, rule 3", "a \t\r\nb  ", "a\r\nb"},
          {"coded space at line end", "a=20\r\nb", "a \r\nb"},
          {"not hexadecimal", "a=xyb=", "a=xyb"},
          {"cut off", "a=4", "a=4"},
      },
      [](std::string_view text) { return decode_transfer(text, "quoted-printable"); });
}

TEST(DecodeTransfer, OthersStay) {
  for (const char* encoding : {"", "7bit", "8bit", "binary", "x-uuencode"}) {
    EXPECT_EQ(decode_transfer("a=3D\r\n", encoding), "a=3D\r\n") << encoding;
  }
}

TEST(ToUtf8, Rows) {  // F6
  struct Row {
    const char* name;
    std::string input;
    const char* charset;
    std::string expected;
  };
  const std::vector<Row> rows = {
      {"utf-8", "é", "utf-8", "é"},
      {"utf-8 with wrong octets", "a\xff\xc3", "UTF-8", "a\ufffd\ufffd"},
      {"empty charset", "caf\xe9", "", "café"},
      {"ascii that is not", "caf\xe9", "us-ascii", "café"},
      {"ascii that is UTF-8", "é", "US-ASCII", "é"},
      {"unknown", "é", "x-nobody-knows", "é"},
      {"unknown and not UTF-8", "\x93q\x94", "x-nobody-knows", "“q”"},
      {"latin1 means windows-1252", "\x80", "iso-8859-1", "€"},
      {"latin9", "\xa4", "iso-8859-15", "€"},
      {"quoted name", "\xe9", "\"iso-8859-1\"", "é"},
      {"cyrillic", "\xf0\xd2\xc9", "koi8-r", "При"},
      {"utf-16", std::string("\xfe\xff\x20\xac", 4), "utf-16", "€"},
      {"utf-16 that is not, own_charset_lies", "caf\u00e9", "utf-16", "café"},
      {"utf-7", "Gr+APwA3w-e", "utf-7", "Grüße"},
      {"options of the library are no charset", "\xe9", "iso-8859-1,swaplfnl", "é"},
      {"endless name", "x",
       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "x"},
  };
  for (const Row& row : rows) EXPECT_EQ(to_utf8(row.input, row.charset), row.expected) << row.name;
}

TEST(ToUtf8, LongTextCrossesBuffers) {
  const std::string octets(10'001, '\xe9');
  std::string expected;
  for (std::size_t i = 0; i < octets.size(); ++i) expected += "é";
  EXPECT_EQ(to_utf8(octets, "iso-8859-2"), expected);
}

TEST(KnownCharset, Rows) {
  for (const char* name : {"US-ASCII", "utf-8", "UTF-8", "iso-8859-1", "Shift_JIS", "gb2312"}) {
    EXPECT_TRUE(known_charset(name)) << name;
  }
  for (const char* name : {"", "x-nobody-knows", "utf-8,version=1", "*"}) {
    EXPECT_FALSE(known_charset(name)) << name;
  }
}

/// RFC 5051 and RFC 9051 section 6.4.4.
TEST(Fold, SameText) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"HELLO", "hello"},     {"GRÜSSE", "grüße"}, {"É", "é"},
      {"e\u0301", "\u00e9"},  {"\ufb01n", "fin"},  {"\uff21", "a"},
      {"ΣΊΣΥΦΟΣ", "σίσυφος"}, {"\u1e9e", "ss"},    {"Å", "\u212b"},
  };
  for (const auto& [a, b] : rows) EXPECT_EQ(fold(a), fold(b)) << a;
  EXPECT_NE(fold("a"), fold("b"));
  EXPECT_EQ(fold(fold("GRÜSSE \ufb01")), fold("GRÜSSE \ufb01"));
  EXPECT_EQ(fold("\xff"), "\ufffd");
  EXPECT_THAT(fold("Das Café"), testing::HasSubstr(fold("CAFÉ")));
}

TEST(Fold, CharactersByThemselvesAreTheTextAsAWhole) {
  constexpr char32_t end = 0x20100;  // the table that is looked into ends before
  const std::u32string others =
      U"aZ \u00e9\u0301\u0345\u0327\u00ad\u00df\u0130\u1100\u1161\u11a8\uac00"
      U"\u0915\u093c\u0e33\u200d\ufb01\ufdfa\ufeff\U0001f600";
  std::mt19937 random(3);
  const auto other = [&] { return others[random() % others.size()]; };
  for (char32_t point = 0x80; point < end; ++point) {
    if (point >= 0xd800 && point < 0xe000) continue;
    std::u32string text = {other(), other(), point, other(), other()};
    if (point % 3 == 0) text.erase(0, 1 + point % 2);
    const std::string utf8 = utf8_from(text);
    ASSERT_EQ(fold(utf8), folded_together(utf8)) << "U+" << std::hex << std::uint32_t{point};
  }
}

/// UAX 15 section 13, of the Stream-Safe Text Format: no text in a language has more than 30.
TEST(Fold, MarksBeyondReasonAreNotPutInOrder) {
  const auto marks = [](int pairs) {
    std::string text = "a";
    for (int i = 0; i < pairs; ++i) text += "\u0301\u0316";  // above, then below
    return text;
  };
  EXPECT_EQ(fold(marks(1)), "a\u0316\u0301");
  EXPECT_EQ(fold(marks(3)), "a\u0316\u0316\u0316\u0301\u0301\u0301");
  // With the square of their number this would take half an hour.
  EXPECT_EQ(fold(marks(1024 * 1024)).size(), marks(1024 * 1024).size());
}

TEST(Fold, PiecesAreTheSameText) {
  const std::vector<std::string> rows = {
      "Nothing but letters of ASCII, A to Z and back again, twice over for good measure",
      "GRÜSSE an e\u0301 und E\u0301, \ufdfa \ufb01n \U0001d400\U0001f600 \u1100\u1161\u11a8 ende",
      "\u00ad\u00adsoft\u00ad hy\u00adphens a\u0344\u0345\u0301 \u0f73\u0f71 \u0958\u09cb",
      "ill \xe2\x82 formed "
      "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\xff\xf0\x9f\x98",
  };
  for (const std::string& row : rows) {
    for (std::size_t window = 16; window < 40; ++window) {
      std::string pieces;
      for (Folding folding(row, window); !folding.finished();) folding.next(pieces);
      EXPECT_EQ(pieces, fold(row)) << row << " by " << window;
    }
  }
}

/// RFC 5051 section 2: what is equal, and in which order the rest is.
TEST(CollationKey, Rows) {
  const std::vector<std::pair<std::string, std::string>> equal = {
      {"hello", "HELLO"},   {"grüße", "GRÜßE"}, {"e\u0301", "É"},           {"\uff41", "A"},
      {"\u01c6", "\u01c4"}, {"µ", "Μ"},         {"\u0f73", "\u0f71\u0f72"},
  };
  for (const auto& [a, b] : equal) EXPECT_EQ(collation_key(a), collation_key(b)) << a;
  const std::vector<std::string> order = {"",  " ", "1", "a", "A\u030a", "b",
                                          "[", "_", "ß", "ж", "語",      "\U0001f600"};
  for (std::size_t i = 1; i < order.size(); ++i) {
    EXPECT_LT(collation_key(order[i - 1]), collation_key(order[i])) << order[i];
  }
  EXPECT_EQ(collation_key("\xff"), "\ufffd");
}

TEST(ToUtf8, SurrogatesAcrossTheEndOfABuffer) {
  for (std::size_t before = 4090; before < 4100; ++before) {
    std::string octets;
    for (std::size_t i = 0; i < before; ++i) octets.append("\0a", 2);
    octets.append("\xd8\x3d\xde\x00", 4);
    EXPECT_EQ(to_utf8(octets, "utf-16be"), std::string(before, 'a') + "\U0001f600") << before;
  }
}

TEST(ParseDate, Rows) {
  struct Row {
    const char* input;
    long long expected;
  };
  constexpr long long noon = 1704110400;  // 2024-01-01 12:00:00 UTC
  const std::vector<Row> rows = {
      {"Mon, 1 Jan 2024 12:00:00 +0000", noon},         // RFC 5322 section 3.3
      {"Mon, 01 Jan 2024 13:00:00 +0100 (CET)", noon},  // a comment
      {"1 Jan 2024 12:00 +0000", noon},                 // no day name, no seconds
      {"1 Jan 2024 07:00:00 EST", noon},                // RFC 5322 section 4.3
      {"1 Jan 2024 04:00:00 PST", noon},
      {"1 Jan 2024 12:00:00 GMT", noon},
      {"1 Jan 2024 12:00:00 Z", noon},
      {"1 Jan 2024 12:00:00 X", noon},    // military zones mean nothing
      {"1 Jan 24 12:00:00 +0000", noon},  // two digits
      {"1 Jan 99 00:00:00 +0000", 915148800},
      {"1 Jan 103 00:00:00 +0000", 1041379200},  // three digits
      {"Mon Jan  1 12:00:00 2024", noon},        // asctime
      {"Mon Jan  1 12:00:00 UTC 2024", noon},    // date(1)
      {"Monday, 1 January 2024 12:00:00 +0000", noon},
      {"Mon,1 Jan 2024 12:00:00 +0000", noon},
      {"Mon, 1 (of) Jan 2024 (New Year) 12:00:00", noon},
      {"1-Jan-2024 12:00:00 +0000", noon},
      {"2024-01-01T12:00:00Z", noon},  // RFC 3339
      {"2024-01-01 13:30:00.123 +01:30", noon},
      {"Mon, 1 Jan 2024 13:00:00 GMT+0100", noon},
      {"Mon, 1 Jan 2024 13:00:00 +1", noon},
      {"Mon, 1 Jan 2024 12:00:00 PM", noon},
      {"1 Jan 2024", noon - 12 * 3600},
      {"1 Jan 2024 12:00:00 +9999", noon},        // an impossible zone
      {"1 Jan 2024 25:00:00", noon - 12 * 3600},  // an impossible time: RFC 5256 section 2.2
      {"1 Jan 2024 10:61:00 +0000", noon - 12 * 3600},
      {"Thu, 1 Jan 1970 00:00:00 +0000", 0},
      {"Wed, 31 Dec 1969 23:59:59 +0000", -1},
      {"29 Feb 2024 00:00:00 +0000", 1709164800},
      {"Sat, 31 Dec 2016 23:59:60 +0000", 1483228800},  // a leap second
  };
  for (const Row& row : rows) EXPECT_EQ(parse_date(row.input, -7), row.expected) << row.input;
  for (const char* wrong : {"", "x", "Mon", "32 Jan 2024", "0 Jan 2024", "30 Feb 2024",
                            "Mon, 31 Feb 99999 25:61:61 +9999", "1 Foo 2024", "2024-13-01", "(((",
                            ":::", "1 Jan", "99999999999999999999 Jan 2024"}) {
    EXPECT_EQ(parse_date(wrong, -7), -7) << wrong;
  }
}

/// RFC 9051 section 6.4.4: SENTON disregards time and zone.
TEST(WrittenDay, IgnoresTimeAndZone) {
  EXPECT_EQ(written_day("Mon, 1 Jan 2024 23:59:59 -1200"), 19723);
  EXPECT_EQ(written_day("Mon, 1 Jan 2024 00:00:01 +1400"), 19723);
  EXPECT_EQ(written_day("never"), std::nullopt);
}

}  // namespace
}  // namespace postern::wire::mime
