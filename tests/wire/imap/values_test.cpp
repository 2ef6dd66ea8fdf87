#include <gtest/gtest.h>

#include "sync/wire/imap/date_time.h"
#include "sync/wire/imap/flag_list.h"
#include "sync/wire/imap/grammar.h"
#include "sync/wire/imap/response.h"
#include "sync/wire/imap/sequence_set.h"

namespace postern::wire::imap {
namespace {

std::optional<SequenceSet> set_of(std::string_view text) {
  RawCommand raw;
  raw.text.emplace_back(text);
  Cursor in(raw);
  SequenceSet set = grammar::sequence_set(in);
  if (!in.at_end() || in.failed()) return std::nullopt;
  return set;
}

using Ranges = std::vector<SequenceSet::Range>;

struct Resolved {
  const char* text;
  std::uint32_t largest;
  Ranges expected;
};

TEST(SequenceSet, MeansWhatSection9Says) {
  const Resolved rows[] = {
      {"1", 9, {{1, 1}}},
      {"3:1", 9, {{1, 3}}},
      {"1,2,3", 9, {{1, 3}}},
      {"5,1:2", 9, {{1, 2}, {5, 5}}},
      {"*", 9, {{9, 9}}},
      {"*:*", 9, {{9, 9}}},
      {"7:*", 9, {{7, 9}}},
      {"*:7", 9, {{7, 9}}},
      {"12:*", 9, {{9, 12}}},
      {"5:*,12:*,2", 9, {{2, 2}, {5, 12}}},
      {"*,1", 0, {{1, 1}}},
      {"1:*", 0, {}},
      {"4294967295:1", 9, {{1, 4294967295}}},
      {"*:4294967295", 9, {{9, 4294967295}}},
  };
  for (const Resolved& row : rows) {
    const auto set = set_of(row.text);
    ASSERT_TRUE(set) << row.text;
    EXPECT_EQ(set->resolve(row.largest), row.expected) << row.text;
  }
}

TEST(SequenceSet, ReadsBackWhatItWrites) {
  for (const char* text : {"1", "1:3", "1:3,5", "*", "1,*", "7:*", "2,4:6,9:*", "4294967295"}) {
    const auto set = set_of(text);
    ASSERT_TRUE(set) << text;
    EXPECT_EQ(format(*set), text);
    EXPECT_EQ(set_of(format(*set)), set) << text;
  }
}

TEST(SequenceSet, C9RepetitionCostsNothing) {
  std::string ones = "1";
  for (int i = 0; i < 500'000; ++i) ones += ",1";
  EXPECT_EQ(set_of(ones)->ranges().size(), 1U);
  std::string stars = "1:*";
  for (int i = 0; i < 10'000; ++i) stars += ",1:*,*";
  EXPECT_EQ(set_of(stars)->resolve(7), (Ranges{{1, 7}}));
}

TEST(SequenceSet, WritesUidsAsRuns) {
  EXPECT_EQ(format_uids({Uid(3)}), "3");
  EXPECT_EQ(format_uids({Uid(3), Uid(4), Uid(5), Uid(9)}), "3:5,9");
}

TEST(DateTime, ReadsBackWhatItWrites) {
  for (const char* text : {"17-Jul-1996 02:44:25 -0700", " 1-Feb-2024 03:04:05 +0100",
                           "31-Dec-1969 23:59:59 +0000", "29-Feb-2000 00:00:00 +1400"}) {
    const auto date = parse_date_time(text);
    ASSERT_TRUE(date) << text;
    EXPECT_EQ(format_date_time(*date), text);
  }
  EXPECT_EQ(parse_date_time("17-Jul-1996 02:44:25 -0700")->seconds, 837596665);
  EXPECT_EQ(format_date(day_of(*parse_date_time("17-Jul-1996 23:44:25 -0700"))), "17-Jul-1996");
}

TEST(DateTime, RefusesWhatIsNoDate) {
  for (const char* text :
       {"", "1-Feb-2024 03:04:05 +0100", "31-Feb-2024 03:04:05 +0100", "17-Jul-1996 24:00:00 +0000",
        "17-Jul-1996 02:44:25", "17-Foo-1996 02:44:25 +0000", "17-Jul-1996 02:44:25 +2500",
        "17-Jul-1996 02:44:25  0700"})
    EXPECT_FALSE(parse_date_time(text)) << text;
  EXPECT_TRUE(parse_date_text("1-Feb-1994"));
  EXPECT_TRUE(parse_date_text("01-feb-1994"));
  for (const char* text : {"", "-", "1-Feb-94", "001-Feb-1994", "0-Feb-1994", "1-Feb-1994x"})
    EXPECT_FALSE(parse_date_text(text)) << text;
}

TEST(Flags, AreNamedInOneOrder) {
  Flags flags;
  flags.add(SystemFlag::seen).add(SystemFlag::deleted);
  flags.keywords = 0b101;
  std::string out;
  append_flags(out, flags, Recent::yes, {"a", "b", "c"});
  EXPECT_EQ(out, "(\\Deleted \\Seen \\Recent a c)");
  out.clear();
  append_flags(out, {}, Recent::no, {"a"});
  EXPECT_EQ(out, "()");
}

TEST(Response, C26NoValueEscapesItsPlace) {
  const std::pair<std::string, std::string> strings[] = {
      {"plain", "\"plain\""},
      {"", "\"\""},
      {"q\"b\\", "\"q\\\"b\\\\\""},
      {"{5}", "\"{5}\""},
      {"a)", "\"a)\""},
      {"a\r\n* BYE", "{8}\r\na\r\n* BYE"},
      {"\xc3\xa4", "{2}\r\n\xc3\xa4"},
      {"\t", "{1}\r\n\t"},
  };
  for (const auto& [value, expected] : strings) {
    std::string out;
    append_string(out, value);
    EXPECT_EQ(out, expected);
  }
  std::string out;
  append_status(out, "a1", Condition::no, "X\r\nY", "multi\r\n* OK line");
  EXPECT_EQ(out, "a1 NO [X??Y] multi??* OK line\r\n");
}

TEST(Response, AstringsAreAtomsWhereTheyCan) {
  const std::pair<std::string, std::string> rows[] = {
      {"INBOX", "INBOX"}, {"a b", "\"a b\""}, {"", "\"\""},      {"nil", "\"nil\""},
      {"a]", "a]"},       {"%", "\"%\""},     {"a(b", "\"a(b\""}};
  for (const auto& [value, expected] : rows) {
    std::string out;
    append_astring(out, value);
    EXPECT_EQ(out, expected);
  }
  std::string out;
  append_mailbox(out, "\xc3\xbc & x");
  EXPECT_EQ(out, "\"&APw- &- x\"");
}

}  // namespace
}  // namespace postern::wire::imap
