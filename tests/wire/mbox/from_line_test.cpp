#include "sync/wire/mbox/from_line.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::wire::mbox {
namespace {

constexpr std::int64_t noon = 1310126914;  // 2011-07-08T12:08:34Z

struct Row {
  const char* name;
  const char* line;
  std::optional<FromLine> expected;
};

std::optional<FromLine> line(const char* sender, std::int64_t seconds, std::int16_t zone = 0) {
  return FromLine{.sender = sender, .date = InternalDate{seconds, zone}};
}

TEST(FromLine, IsToldFromText) {
  const std::vector<Row> rows = {
      {"RFC 4155", "From a@b.example Fri Jul  8 12:08:34 2011", line("a@b.example", noon)},
      {"two spaces before the date", "From MAILER-DAEMON  Fri Jul 08 12:08:34 2011",
       line("MAILER-DAEMON", noon)},
      {"without seconds", "From a Fri Jul  8 12:08 2011", line("a", noon - 34)},
      {"zone before the year", "From a Fri Jul  8 12:08:34 MET 2011", line("a", noon - 3600, 60)},
      {"summer time", "From a Fri Jul  8 12:08:34 MET DST 2011", line("a", noon - 7200, 120)},
      {"zone behind the year", "From a Fri Jul  8 12:08:34 2011 +0530",
       line("a", noon - 19800, 330)},
      {"numeric zone before the year", "From a Fri Jul  8 12:08:34 -0800 2011",
       line("a", noon + 28800, -480)},
      {"UUCP", "From a Fri Jul  8 12:08:34 2011 remote from host", line("a", noon)},
      {"sender with spaces", "From \"a b\"@c Fri Jul  8 12:08:34 2011", line("\"a b\"@c", noon)},
      {"no sender", "From Fri Jul  8 12:08:34 2011", line("", noon)},
      {"Thunderbird", "From - Fri Jul 08 12:08:34 2011", line("-", noon)},
      {"Thunderbird without a date", "From - ", FromLine{}},
      {"Thunderbird, empty", "From ", FromLine{}},
      {"CR at its end", "From a Fri Jul  8 12:08:34 2011\r", line("a", noon)},
      {"text", "From the beginning it was clear.", std::nullopt},
      {"text with a month", "From Mon Jan to the end of it", std::nullopt},
      {"a day that is none", "From a Fri Feb 30 12:08:34 2011", std::nullopt},
      {"a time that is none", "From a Fri Jul  8 25:08:34 2011", std::nullopt},
      {"no year", "From a Fri Jul  8 12:08:34", std::nullopt},
      {"quoted", ">From a Fri Jul  8 12:08:34 2011", std::nullopt},
      {"a field", "From: a Fri Jul  8 12:08:34 2011", std::nullopt},
      {"more behind it", "From a Fri Jul  8 12:08:34 2011 he wrote:", std::nullopt},
  };
  for (const Row& row : rows) {
    const auto found = parse_from_line(row.line);
    ASSERT_EQ(found.has_value(), row.expected.has_value()) << row.name;
    if (!found) continue;
    EXPECT_EQ(found->sender, row.expected->sender) << row.name;
    EXPECT_EQ(found->date, row.expected->date) << row.name;
  }
}

TEST(FromLine, IsReadAsItWasWritten) {
  for (const std::int64_t seconds : {std::int64_t{0}, noon, std::int64_t{4102444800}}) {
    for (const int minutes : {0, 60, -480, 330, -30}) {
      const auto zone = static_cast<std::int16_t>(minutes);
      const auto found = parse_from_line(format_from_line("a@b", {seconds + 86400, zone}));
      ASSERT_TRUE(found) << seconds << " " << zone;
      EXPECT_EQ(found->sender, "a@b");
      EXPECT_EQ(found->date, (InternalDate{seconds + 86400, zone}));
    }
  }
  EXPECT_EQ(format_from_line("", {noon, 0}), "From MAILER-DAEMON Fri Jul  8 12:08:34 2011");
  EXPECT_EQ(format_from_line("a b\n", {noon, 0}), "From ab Fri Jul  8 12:08:34 2011");
}

}  // namespace
}  // namespace postern::wire::mbox
