#include "sync/wire/mime/flowed.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace postern::wire::mime {
namespace {

struct Row {
  const char* name;
  std::string input;
  std::string expected;
};

/// RFC 3676 section 4.
TEST(Unflowed, Flowed) {
  const std::vector<Row> rows = {
      {"nothing", "", ""},
      {"fixed lines", "a\r\nb\r\n", "a\nb\n"},
      {"one paragraph", "one \r\ntwo \r\nthree\r\nfour\r\n", "one two three\nfour\n"},
      {"last line has no end", "one \r\ntwo", "one two\n"},
      {"open paragraph at the end, 4.3", "one \r\n", "one \n"},
      {"space-stuffing, 4.4", " From me\r\n  x \r\n >y\r\n", "From me\n x >y\n"},
      {"quotation, 4.5", "> a \r\n> b\r\n>> c\r\nd\r\n", "> a b\n>> c\nd\n"},
      {"another depth ends a paragraph, 4.5", "> a \r\n>> b \r\nc \r\nd\r\n", "> a \n>> b \nc d\n"},
      {"quoted without a space", ">a \r\n>b\r\n", "> a b\n"},
      {"an empty quoted line", "> a\r\n>\r\n> b\r\n", "> a\n>\n> b\n"},
      {"signature, 4.3", "a \r\n-- \r\nAnna\r\n", "a \n-- \nAnna\n"},
      {"quoted signature", "> -- \r\n> Anna\r\n", "> -- \n> Anna\n"},
      {"bare line feeds", "one \ntwo\n", "one two\n"},
  };
  for (const auto& [name, input, expected] : rows) {
    EXPECT_EQ(unflowed(input, Flow::flowed), expected) << name;
  }
}

TEST(Unflowed, DelSpAndFixed) {
  EXPECT_EQ(unflowed("語 \r\n語  \r\nx\r\n-- \r\ny", Flow::flowed_delsp), "語語 x\n-- \ny\n");
  EXPECT_EQ(unflowed("one \r\n two\r\n>x", Flow::fixed), "one \n two\n>x\n");
}

}  // namespace
}  // namespace postern::wire::mime
