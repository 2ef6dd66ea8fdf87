#include "sync/wire/pop3/command.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::wire::pop3 {
namespace {

struct Row {
  const char* name;
  std::string line;
  Verb verb;
  bool fits;
  std::uint32_t message = 0;
  std::uint64_t lines = 0;
  std::string argument = "";
};

TEST(ParseCommand, ReadsTheCommandsOfMailPrograms) {
  const std::vector<Row> rows{
      {"RFC 1939 section 5", "STAT", Verb::stat, true},
      {"lower case", "stat", Verb::stat, true},
      {"blanks behind", "STAT  ", Verb::stat, true},
      {"too many arguments", "STAT 1", Verb::stat, false},
      {"RETR", "RETR 7", Verb::retr, true, 7},
      {"RETR with blanks", "retr   7 ", Verb::retr, true, 7},
      {"RETR without a number", "RETR", Verb::retr, false},
      {"RETR of 0", "RETR 0", Verb::retr, false},
      {"RETR of -1", "RETR -1", Verb::retr, false},
      {"RETR too big", "RETR 4294967296", Verb::retr, false},
      {"RETR of two", "RETR 1 2", Verb::retr, false, 1},
      {"LIST", "LIST", Verb::list, true},
      {"LIST of one", "LIST 3", Verb::list, true, 3},
      {"UIDL of one", "UIDL 3", Verb::uidl, true, 3},
      {"UIDL of text", "UIDL x", Verb::uidl, false},
      {"TOP", "TOP 2 10", Verb::top, true, 2, 10},
      {"TOP without lines", "TOP 2", Verb::top, false, 2},
      {"TOP negative", "TOP 2 -1", Verb::top, false, 2},
      {"USER", "USER anna", Verb::user, true, 0, 0, "anna"},
      {"USER without a name", "USER", Verb::user, false},
      {"PASS keeps blanks, RFC 1939 section 7", "PASS  a b ", Verb::pass, true, 0, 0, " a b "},
      {"PASS without a password", "PASS", Verb::pass, false},
      {"PASS of nothing", "PASS ", Verb::pass, false},
      {"AUTH asks for the list", "AUTH", Verb::auth, true},
      {"AUTH", "AUTH PLAIN", Verb::auth, true, 0, 0, "PLAIN"},
      {"UTF8, RFC 6856 section 2.1", "utf8", Verb::utf8, true},
      {"UTF8 with words", "UTF8 x", Verb::utf8, false},
      {"unknown", "XYZZY", Verb::unknown, false},
      {"empty", "", Verb::unknown, false},
      {"a longer word", "STATS", Verb::unknown, false},
      {"NUL", std::string("STAT\0", 5), Verb::unknown, false},
  };
  for (const Row& row : rows) {
    const Command command = parse_command(row.line);
    EXPECT_EQ(command.verb, row.verb) << row.name;
    EXPECT_EQ(command.wrong.empty(), row.fits) << row.name << ": " << command.wrong;
    EXPECT_EQ(command.message.value_or(0), row.message) << row.name;
    EXPECT_EQ(command.lines, row.lines) << row.name;
    EXPECT_EQ(command.argument, row.argument) << row.name;
  }
}

TEST(ParseCommand, TakesAnInitialResponse) {  // RFC 5034 section 4
  EXPECT_FALSE(parse_command("AUTH PLAIN").initial);
  EXPECT_EQ(parse_command("AUTH PLAIN AGEAYg==").initial, "AGEAYg==");
  EXPECT_EQ(parse_command("AUTH PLAIN =").initial, "=");
  EXPECT_FALSE(parse_command("AUTH PLAIN a b").wrong.empty());
}

}  // namespace
}  // namespace postern::wire::pop3
