#include "sync/wire/pop3/listing.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::wire::pop3 {
namespace {

TEST(ParseStat, ReadsCountAndOctets) {
  EXPECT_EQ(parse_stat("2 320")->count, 2U);
  EXPECT_EQ(parse_stat("2   320 extra")->octets, 320U);
  EXPECT_EQ(parse_stat("1 9223372036854775807")->octets, 9223372036854775807U);
  for (const char* text :
       {"", "2", "two 320", "-1 5", "2 -5", "4294967296 1", "2 99999999999999999999"})
    EXPECT_FALSE(parse_stat(text)) << text;
}

TEST(ParseListLine, NeverReliesOnTheSize) {
  struct {
    const char* name;
    const char* line;
    std::uint32_t number;  ///< 0: no line
    std::uint64_t octets;
  } const rows[] = {
      {"RFC 1939 section 5", "1 120", 1, 120},
      {"several blanks", " 1    120 ", 1, 120},
      {"more behind", "1 120 Jan", 1, 120},
      {"no size (D10)", "1", 1, 0},
      {"text (D10)", "1 many", 1, 0},
      {"negative (D10)", "1 -120", 1, 0},
      {"2^63-1 (D10)", "1 9223372036854775807", 1, 9223372036854775807U},
      {"too big for 64 bits", "1 99999999999999999999", 1, 0},
      {"number 0 (D9)", "0 120", 0, 0},
      {"negative number (D9)", "-1 120", 0, 0},
      {"number too big (D9)", "99999999999999999999 120", 0, 0},
      {"no number", "abc", 0, 0},
      {"empty", "", 0, 0},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_list_line(row.line);
    ASSERT_EQ(parsed.has_value(), row.number != 0) << row.name;
    if (!parsed) continue;
    EXPECT_EQ(parsed->number, row.number) << row.name;
    EXPECT_EQ(parsed->octets, row.octets) << row.name;
  }
}

TEST(ParseUidlLine, TakesTheIdAsOctets) {
  struct {
    const char* name;
    std::string line;
    std::uint32_t number;  ///< 0: no line
    std::string uidl;
  } const rows[] = {
      {"RFC 1939 section 7", "1 whqtswO00WBw418f9t5JxYwZ", 1, "whqtswO00WBw418f9t5JxYwZ"},
      {"several blanks (D8)", "1    abc  ", 1, "abc"},
      {"blanks within (D8)", "1 a b  c", 1, "a b  c"},
      {"8-bit (D8)", "1 a\xff\x80", 1, "a\xff\x80"},
      {"SQL (D8)", "1 '; DROP TABLE x;--", 1, "'; DROP TABLE x;--"},
      {"path (D8)", "1 ../../etc", 1, "../../etc"},
      {"empty (D8)", "1 ", 1, ""},
      {"2500 octets (D8)", "1 " + std::string(2500, 'u'), 1, std::string(2500, 'u')},
      {"2501 octets", "1 " + std::string(2501, 'u'), 0, ""},
      {"NUL", std::string("1 a\0b", 5), 0, ""},
      {"number 0 (D9)", "0 abc", 0, ""},
      {"number -1 (D9)", "-1 abc", 0, ""},
      {"number too big (D9)", "99999999999999999999 abc", 0, ""},
      {"no number", "abc", 0, ""},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_uidl_line(row.line);
    ASSERT_EQ(parsed.has_value(), row.number != 0) << row.name;
    if (!parsed) continue;
    EXPECT_EQ(parsed->number, row.number) << row.name;
    EXPECT_EQ(parsed->uidl, row.uidl) << row.name;
  }
}

struct Case {
  const char* name;
  std::optional<DropSize> stat;
  std::vector<std::string> list;
  std::vector<std::string> uidl;
  Reliability expected;
  std::string found;  ///< "number:octets:uidl" with blanks between
};

Listing build(const Case& row) {
  ListingBuilder builder;
  builder.stat(row.stat);
  for (const std::string& line : row.list) EXPECT_TRUE(builder.list_line(line)) << row.name;
  for (const std::string& line : row.uidl) EXPECT_TRUE(builder.uidl_line(line)) << row.name;
  return builder.finish();
}

std::string text_of(const Listing& listing) {
  std::string text;
  for (const ListedMessage& message : listing.messages) {
    if (!text.empty()) text += ' ';
    text += std::to_string(message.number) + ":" + std::to_string(message.octets) + ":";
    text += message.uidl;
  }
  return text;
}

TEST(ListingBuilder, JudgesHowFarAListingCanBeTrusted) {
  using enum Reliability;
  const std::vector<Case> rows{
      {"R4: all agree",
       DropSize{2, 30},
       {"1 10", "2 20"},
       {"1 a", "2 b"},
       complete,
       "1:10:a 2:20:b"},
      {"empty", DropSize{0, 0}, {}, {}, complete, ""},
      {"any order", DropSize{2, 30}, {"2 20", "1 10"}, {"2 b", "1 a"}, complete, "1:10:a 2:20:b"},
      {"octets of STAT do not matter", DropSize{1, 7}, {"1 10"}, {"1 a"}, complete, "1:10:a"},
      {"sizes wrong (D10)", DropSize{1, 7}, {"1 x"}, {"1 a"}, complete, "1:0:a"},
      {"STAT lies (D11)", DropSize{5, 50}, {"1 10"}, {"1 a"}, ambiguous, "1:10:a"},
      {"STAT makes no sense (D22)", std::nullopt, {"1 10"}, {"1 a"}, ambiguous, "1:10:a"},
      {"ids repeated (D5)",
       DropSize{2, 2},
       {"1 1", "2 1"},
       {"1 a", "2 a"},
       ambiguous,
       "1:1:a 2:1:a"},
      {"empty id (D8)", DropSize{1, 1}, {"1 1"}, {"1 "}, ambiguous, "1:1:"},
      {"case twins differ (D8)",
       DropSize{2, 2},
       {"1 1", "2 1"},
       {"1 a", "2 A"},
       complete,
       "1:1:a 2:1:A"},
      {"UIDL leaves out (D9)", DropSize{2, 2}, {"1 1", "2 1"}, {"2 b"}, broken, "2:1:b"},
      {"UIDL leaves out the last (D9)", DropSize{2, 2}, {"1 1", "2 1"}, {"1 a"}, broken, "1:1:a"},
      {"UIDL names more (D9)", DropSize{1, 1}, {"1 1"}, {"1 a", "2 b"}, broken, "1:1:a 2:0:b"},
      {"number 0 (D9)", DropSize{1, 1}, {"1 1"}, {"0 z", "1 a"}, broken, "1:1:a"},
      {"two ids for a number (D9)", DropSize{1, 1}, {"1 1"}, {"1 a", "1 b"}, broken, "1:1:a"},
      {"LIST leaves out", DropSize{2, 2}, {"1 1"}, {"1 a", "2 b"}, broken, "1:1:a 2:0:b"},
      {"LIST repeats", DropSize{2, 2}, {"1 1", "1 1"}, {"1 a", "2 b"}, broken, "1:1:a 2:0:b"},
      {"LIST refused", DropSize{1, 1}, {}, {"1 a"}, broken, "1:0:a"},
      {"a line of another answer (D22)",
       DropSize{1, 1},
       {"+OK 1", "1 1"},
       {"1 a"},
       broken,
       "1:1:a"},
  };
  for (const Case& row : rows) {
    const Listing listing = build(row);
    EXPECT_EQ(listing.reliability, row.expected) << row.name;
    EXPECT_EQ(text_of(listing), row.found) << row.name;
    EXPECT_EQ(listing.flaw.empty(), row.expected == complete) << row.name;
  }
}

TEST(ListingBuilder, CutsOffAnEndlessAnswer) {  // D12
  ListingBuilder builder;
  std::size_t lines = 0;
  while (builder.uidl_line("1 a")) ++lines;
  EXPECT_EQ(lines, ListingBuilder::most_messages);
}

}  // namespace
}  // namespace postern::wire::pop3
