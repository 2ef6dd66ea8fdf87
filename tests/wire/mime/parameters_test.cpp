#include "sync/wire/mime/parameters.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace postern::wire::mime {
namespace {

std::string parameters(std::string_view text) {
  Lexer lexer(text);
  std::string out;
  append_parameters(out, read_parameters(lexer, 200));
  return out;
}

TEST(Parameters, Rows) {
  struct Row {
    const char* name;
    const char* input;
    const char* expected;
  };
  const std::vector<Row> rows = {
      {"none", "", "NIL"},
      {"RFC 2045 5.1", "; charset=utf-8; format=flowed",
       R"(("charset" "utf-8" "format" "flowed"))"},
      {"spaces and comments", " (a) ; (b) x (c) = (d) y (e)", R"(("x" "y"))"},
      {"quoted", R"(; x="a;b\"c")", R"(("x" "a;b\"c"))"},
      {"fold within quotes", "; x=\"a\n b\"", R"(("x" "a b"))"},
      {"case stays", "; NAME=A", R"(("NAME" "A"))"},
      {"same name twice", "; a=b; A=c", R"(("a" "b" "A" "c"))"},
      {"octets above 0x7f", "; x=\xe9", "(\"x\" {1}\r\n\xe9)"},
      {"RFC 2231 section 3", "; x*0=a; y=b; x*1=c", R"(("y" "b" "x" "ac"))"},
      {"RFC 2231 in any order", "; x*1=b; x*0=a", R"(("x" "ab"))"},
      {"RFC 2231 section 4", "; x*=utf-8''%41", R"(("x*" "utf-8''%41"))"},
      {"RFC 2231 section 4.1", "; x*0*=utf-8''a%20; x*1=\"b%\"", R"(("x*" "utf-8''a%20b%25"))"},
      {"first piece without charset", "; x*0=a; x*1*=%41", R"(("x*" "''a%41"))"},
      {"a gap", "; x*0=a; x*2=b", R"(("x*0" "a" "x*2" "b"))"},
      {"a piece twice", "; x*0=a; x*0=b", R"(("x*0" "a" "x*0" "b"))"},
      {"no number", "; x*a=b; x*-1=c", R"(("x*a" "b" "x*-1" "c"))"},
      {"huge number", "; x*99999999999999999999=b", R"(("x*99999999999999999999" "b"))"},
      {"empty ones between", ";; a=b;;c=d;", R"(("a" "b" "c" "d"))"},
      {"no value", "; a; b=c", R"(("b" "c"))"},
      {"empty value", "; a=; b=\"\"", R"(("a" "" "b" ""))"},
      {"two words", "; name=a b.txt; c=d", R"(("name" "a" "c" "d"))"},
      {"no semicolon", " a=b; c=d", R"(("c" "d"))"},
      {"bare encoded word", "; name==?utf-8?B?YQ==?=; a=b",
       R"(("name" "=?utf-8?B?YQ==?=" "a" "b"))"},
      {"C13: quote without end", "; a=b; c=\"d", R"(("a" "b"))"},
      {"C13: escape at the end", "; a=\"b\\", "NIL"},
      {"C13: comment without end", "; a=b (c\\", R"(("a" "b"))"},
  };
  for (const Row& row : rows) EXPECT_EQ(parameters(row.input), row.expected) << row.name;
}

TEST(Parameters, NoMoreThanTheLimit) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += ";a=b";
  Lexer lexer(text);
  EXPECT_EQ(read_parameters(lexer, 200).size(), 200U);
}

TEST(Parameters, FindsTheFirst) {
  const std::vector<Parameter> given = {{.name = "Charset", .value = "a"},
                                        {.name = "charset", .value = "b"}};
  ASSERT_NE(find_parameter(given, "CHARSET"), nullptr);
  EXPECT_EQ(*find_parameter(given, "CHARSET"), "a");
  EXPECT_EQ(find_parameter(given, "name"), nullptr);
}

}  // namespace
}  // namespace postern::wire::mime
