#include "sync/wire/mime/preview.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/wire/mime/scan.h"

namespace postern::wire::mime {
namespace {

/// RFC 8970 section 3.
TEST(Preview, Rows) {
  struct Row {
    const char* name;
    std::string text;
    std::string expected;
  };
  const std::vector<Row> rows = {
      {"nothing", "", ""},
      {"blanks only", " \n\t\n\u00a0\u2003", ""},
      {"white space collapses", "  one\t two\n\n three\u00a0four\u3000five\n",
       "one two three four five"},
      {"quotations go", "> you said\n>> and I\nYes.\n> what\nNo.\n", "Yes. No."},
      {"so does what introduces them", "Yes.\n\nOn Monday Anna wrote:\n\n> Lunch?\n", "Yes."},
      {"a colon alone introduces none", "Please note:\nclosed\n", "Please note: closed"},
      {"the signature goes", "Yes.\n-- \nAnna\n", "Yes."},
      {"unless there is nothing else", "> you said\n", "> you said"},
      {"filling of circulars", "\u200c\u00a0\u200c \u034f\u00ad Sale\n", "Sale"},
      {"joiners within a word stay", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0645",
       "\u0645\u06cc\u200c\u062e\u0648\u0627\u0645"},
      {"controls",
       "a\x01"
       "b\x7f\x1b[1m",
       "a b [1m"},
      {"ill-formed", "a\xff\xc3", "a"},
  };
  for (const auto& [name, text, expected] : rows) EXPECT_EQ(preview(text), expected) << name;
}

TEST(Preview, HasTwoHundredCharacters) {
  std::string text;
  std::string expected;
  for (int i = 0; i < 300; ++i) {
    text += "\U0001f600";
    if (i < 200) expected += "\U0001f600";
  }
  EXPECT_EQ(preview(text), expected);
  EXPECT_EQ(preview(std::string(199, 'a') + " b"), std::string(199, 'a'));
  EXPECT_EQ(preview(std::string(198, 'a') + " bc"), std::string(198, 'a') + " b");
  EXPECT_EQ(preview(std::string(200, 'a') + "b"), std::string(200, 'a'));
}

TEST(PreviewPart, Rows) {
  const auto chosen = [](const std::string& message) {
    return preview_part(test::scan(test::crlf(message)).structure);
  };
  const std::string both =
      "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>\n"
      "--b\nContent-Type: text/plain\n\nx\n--b--\n";
  EXPECT_EQ(chosen("Subject: x\n\nx"), 0U);
  EXPECT_EQ(chosen("Content-Type: text/html\n\nx"), 0U);
  EXPECT_EQ(chosen("Content-Type: image/png\n\nx"), std::nullopt);
  EXPECT_EQ(chosen(both), 2U);
  EXPECT_EQ(chosen("Content-Type: message/rfc822\n\nSubject: x\n\nx"), std::nullopt);
  EXPECT_EQ(
      chosen("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\n\n"
             "x\n--b\nContent-Type: text/html\n\nx\n--b\nContent-Type: message/rfc822\n\n\nx"),
      2U);
}

}  // namespace
}  // namespace postern::wire::mime
