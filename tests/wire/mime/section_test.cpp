#include "sync/wire/mime/section.h"

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/wire/mime/scan.h"

namespace postern::wire::mime {
namespace {

using enum Section::Text;
using Path = std::vector<std::uint32_t>;

constexpr auto nowhere = "(nowhere)";

std::string text_of(const std::string& message, const Section& section) {
  const auto where = locate(test::scan(message).structure, section);
  if (!where) return nowhere;
  EXPECT_LE(where->begin, where->end);
  EXPECT_LE(where->end, message.size());
  return message.substr(where->begin, where->end - where->begin);
}

struct Row {
  Path path;
  Section::Text what;
  std::string expected;
};

void check(const std::string& message, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const Section section{.path = row.path, .what = row.what, .fields = {}};
    EXPECT_EQ(text_of(test::crlf(message), section),
              row.expected == nowhere ? nowhere : test::crlf(row.expected))
        << testing::PrintToString(row.path) << " " << static_cast<int>(row.what);
  }
}

/// F3, RFC 9051 section 6.4.5.
TEST(Locate, MessageOfOnePart) {
  const std::string head = "Subject: s\n\n";
  check(head + "text\n", {
                             {{}, whole, head + "text\n"},
                             {{}, header, head},
                             {{}, header_fields, head},
                             {{}, header_fields_not, head},
                             {{}, text, "text\n"},
                             {{}, mime, nowhere},
                             {{1}, whole, "text\n"},
                             {{1}, mime, head},
                             {{1}, header, nowhere},
                             {{1}, text, nowhere},
                             {{2}, whole, nowhere},
                             {{0}, whole, nowhere},
                             {{1, 1}, whole, nowhere},
                         });
}

TEST(Locate, Multipart) {
  const std::string head = "Content-Type: multipart/mixed; boundary=b\n\n";
  const std::string mp = "Content-Type: multipart/x; boundary=c\n\n";
  const std::string inner = "Subject: in\n\n";
  const std::string rfc822 = "Content-Type: message/rfc822\n\n";
  const std::string message = head + "--b\nA: 1\n\none\n--b\n" + rfc822 + inner + "two\n--b\n" +
                              mp + "--c\n\nthree\n--c--\nend\n--b\n" + rfc822 + mp +
                              "--c\n\nfour\n--c--\n\n--b--\n";
  check(message, {
                     {{1}, whole, "one"},
                     {{1}, mime, "A: 1\n\n"},
                     {{2}, whole, inner + "two"},
                     {{2}, mime, rfc822},
                     {{2}, header, inner},
                     {{2}, header_fields, inner},
                     {{2}, text, "two"},
                     {{2, 1}, whole, "two"},
                     {{2, 1}, mime, inner},
                     {{2, 2}, whole, nowhere},
                     {{3}, whole, "--c\n\nthree\n--c--\nend"},
                     {{3}, mime, mp},
                     {{3}, header, nowhere},
                     {{3, 1}, whole, "three"},
                     {{3, 1}, mime, "\n"},
                     {{3, 2}, whole, nowhere},
                     {{4}, whole, mp + "--c\n\nfour\n--c--\n"},
                     {{4}, header, mp},
                     {{4}, text, "--c\n\nfour\n--c--\n"},
                     {{4, 1}, whole, "four"},
                     {{4, 1, 1}, whole, nowhere},
                     {{5}, whole, nowhere},
                 });
}

TEST(Locate, MessageWithinAMessage) {
  const std::string outer = "Content-Type: message/rfc822\n\n";
  const std::string inner = "Subject: in\n\n";
  check(outer + inner + "x\n", {
                                   {{1}, whole, inner + "x\n"},
                                   {{1}, header, inner},
                                   {{1}, text, "x\n"},
                                   {{1}, mime, outer},
                                   {{1, 1}, whole, "x\n"},
                                   {{1, 1}, mime, inner},
                               });
}

/// BODYSTRUCTURE shows an empty part where a multipart has none: it can be fetched.
TEST(Locate, MultipartWithoutParts) {
  const std::string empty = "Content-Type: multipart/mixed; boundary=b\n\nnothing\n";
  check(empty, {
                   {{1}, whole, ""},
                   {{1}, mime, ""},
                   {{1}, text, nowhere},
                   {{2}, whole, nowhere},
                   {{1, 1}, whole, nowhere},
               });
  check("Content-Type: message/rfc822\n\n" + empty, {
                                                        {{1}, whole, empty},
                                                        {{1, 1}, whole, ""},
                                                        {{1, 2}, whole, nowhere},
                                                    });
}

/// RFC 2046 section 5.1.1: the line end before a delimiter belongs to it, even a header's.
TEST(Locate, PartsWithoutBody) {
  check(
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nA: 1\n--b\nA: 2\n\n--b\n"
      "Content-Type: message/rfc822\n\nA: 3\n\n--b--\n",
      {
          {{1}, mime, "A: 1"},
          {{1}, whole, ""},
          {{2}, mime, "A: 2\n"},
          {{2}, whole, ""},
          {{3, 1}, mime, "A: 3\n"},
          {{3, 1}, whole, ""},
      });
}

/// RFC 9051 section 6.4.5, HEADER.FIELDS and HEADER.FIELDS.NOT.
TEST(SelectFields, Rows) {
  struct FieldsRow {
    const char* name;
    std::string header;
    std::vector<std::string> fields;
    std::string expected;
    std::string expected_not;
  };
  const std::vector<FieldsRow> rows = {
      {"in the order of the header",
       "A: 1\nB: 2\nC: 3\n\n",
       {"C", "A"},
       "A: 1\nC: 3\n\n",
       "B: 2\n\n"},
      {"any case", "Subject: x\n\n", {"SUBJECT"}, "Subject: x\n\n", "\n"},
      {"repeated", "A: 1\nB: 2\na: 3\n\n", {"A"}, "A: 1\na: 3\n\n", "B: 2\n\n"},
      {"folded", "A: 1\n 2\n\t3\nB: 4\n 5\n\n", {"A"}, "A: 1\n 2\n\t3\n\n", "B: 4\n 5\n\n"},
      {"space before the colon", "A : 1\nB: 2\n\n", {"A"}, "A : 1\n\n", "B: 2\n\n"},
      {"none", "A: 1\n\n", {"X"}, "\n", "A: 1\n\n"},
      {"no fields at all", "\n", {"X"}, "\n", "\n"},
      {"no empty line", "A: 1\nB: 2\n", {"B"}, "B: 2\n\n", "A: 1\n\n"},
      {"no line end", "A: 1\nB: 2", {"B"}, "B: 2\n\n", "A: 1\n\n"},
      {"a beginning is no name", "Subject: x\n\n", {"Sub", "Subject2"}, "\n", "Subject: x\n\n"},
      {"empty header", "", {"A"}, "\n", "\n"},
  };
  for (const FieldsRow& row : rows) {
    const std::string head = test::crlf(row.header);
    Section section{.path = {}, .what = header_fields, .fields = row.fields};
    EXPECT_EQ(select_fields(head, section), test::crlf(row.expected)) << row.name;
    section.what = header_fields_not;
    EXPECT_EQ(select_fields(head, section), test::crlf(row.expected_not)) << row.name << " not";
  }
}

}  // namespace
}  // namespace postern::wire::mime
