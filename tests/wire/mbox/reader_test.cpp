#include "sync/wire/mbox/reader.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/wire/mbox/text.h"

namespace postern::wire::mbox {
namespace {

const std::string from = "From a@b Fri Jul  8 12:08:34 2011\n";

struct Row {
  const char* name;
  std::string file;
  std::vector<std::string> expected;
  std::optional<Variant> variant = std::nullopt;
};

void expect(const std::vector<Row>& rows) {
  for (const Row& row : rows)
    EXPECT_EQ(messages_in(row.file, row.variant), row.expected) << row.name;
}

TEST(MboxReader, FindsTheMessages) {
  expect({
      {"none", "", {}},
      {"no mbox", "Subject: a\n\nFrom here on\n", {}},
      {"one", from + "A: 1\n\nx\n\n", {"A: 1\r\n\r\nx\r\n"}},
      {"two",
       from + "A: 1\n\nx\n\n" + from + "A: 2\n\ny\n\n",
       {"A: 1\r\n\r\nx\r\n", "A: 2\r\n\r\ny\r\n"}},
      {"no line end at the end", from + "A: 1\n\nx", {"A: 1\r\n\r\nx\r\n"}},
      {"no empty line at the end", from + "A: 1\n\nx\n", {"A: 1\r\n\r\nx\r\n"}},
      {"empty lines of the message",
       from + "A: 1\n\nx\n\n\n\n" + from + "A: 2\n\n\n",
       {"A: 1\r\n\r\nx\r\n\r\n\r\n", "A: 2\r\n\r\n"}},
      {"CRLF",
       "From a Fri Jul  8 12:08:34 2011\r\nA: 1\r\n\r\nx\r\n\r\nFrom a Fri Jul  8 12:08:34 "
       "2011\r\nA: 2\r\n\r\ny\r\n\r\n",
       {"A: 1\r\n\r\nx\r\n", "A: 2\r\n\r\ny\r\n"}},
      {"both line ends", from + "A: 1\r\n\nx\ry\r\r\n\n", {"A: 1\r\n\r\nx\ry\r\r\n"}},
      {"no empty line between",
       from + "A: 1\n\nx\n" + from + "A: 2\n\ny\n\n",
       {"A: 1\r\n\r\nx\r\n", "A: 2\r\n\r\ny\r\n"}},
      {"text without an empty line before",
       from + "A: 1\n\nx\n" + from + "no field\n",
       {"A: 1\r\n\r\nx\r\n" + from.substr(0, from.size() - 1) + "\r\nno field\r\n"}},
      {"text without a date",
       from + "A: 1\n\n\nFrom me to you\nB: 2\n\n",
       {"A: 1\r\n\r\n\r\nFrom me to you\r\nB: 2\r\n"}},
      {"Thunderbird",
       "From \nA: 1\n\nx\n\nFrom - \nA: 2\n\ny\n\nFrom \nno field\n",
       {"A: 1\r\n\r\nx\r\n", "A: 2\r\n\r\ny\r\n\r\nFrom \r\nno field\r\n"}},
      {"something before", "\n\ngarbage\n\n" + from + "A: 1\n\nx\n\n", {"A: 1\r\n\r\nx\r\n"}},
      {"an empty line before", "\n\r\n" + from + "A: 1\n\nx\n\n", {"A: 1\r\n\r\nx\r\n"}},
      {"a mark of UTF-8 before", "\xef\xbb\xbf" + from + "A: 1\n\nx\n\n", {"A: 1\r\n\r\nx\r\n"}},
      {"empty message", from + "\n" + from + "A: 2\n\n\n", {"", "A: 2\r\n\r\n"}},
  });
}

TEST(MboxReader, TakesLongLinesBeforeMessages) {
  const std::string date = " Fri Jul  8 12:08:34 2011\n";
  for (const std::size_t length : {900UL, 1000UL, 5000UL, longest_from_line - date.size() - 5}) {
    const std::string line = "From " + std::string(length, 'a') + date;
    const auto found = messages_in(from + "A: 1\n\nx\n\n" + line + "A: 2\n\ny\n\n");
    EXPECT_EQ(found, (std::vector<std::string>{"A: 1\r\n\r\nx\r\n", "A: 2\r\n\r\ny\r\n"}))
        << length;
  }
  const std::string text = "From " + std::string(longest_from_line, 'a') + date;
  EXPECT_EQ(messages_in(from + "A: 1\n\nx\n\n" + text + "A: 2\n\ny\n\n").size(), 1U);
}

TEST(MboxReader, TakesAnUnnamedVariantOfABlockFromWhoeverKnowsIt) {
  const std::string quoted = "A: 1\n\n>From a\n>>From b\n\n";
  const std::string block = "X-Postern: 1; lines=1\nStatus: RO\n";
  const std::string named = "X-Postern: 1; lines=1; variant=mboxrd\nStatus: RO\n";
  const std::string once = "A: 1\r\n\r\nFrom a\r\n>>From b\r\n";
  const std::string all = "A: 1\r\n\r\nFrom a\r\n>From b\r\n";
  expect({
      {"mboxo", from + block + quoted, {once}, Variant::mboxo},
      {"mboxrd", from + block + quoted, {all}, Variant::mboxrd},
      {"nobody", from + block + quoted, {all}},
      {"the block", from + named + quoted, {all}, Variant::mboxo},
  });
}

TEST(MboxReader, TakesQuotesAway) {
  const std::string quoted = from + "A: 1\n\n>From a\n>>From b\n> From c\n>Fromage\n\n";
  expect({
      {"mboxrd", quoted, {"A: 1\r\n\r\nFrom a\r\n>From b\r\n> From c\r\n>Fromage\r\n"}},
      {"mboxo",
       quoted,
       {"A: 1\r\n\r\nFrom a\r\n>>From b\r\n> From c\r\n>Fromage\r\n"},
       Variant::mboxo},
      {"mboxcl2",
       quoted,
       {"A: 1\r\n\r\n>From a\r\n>>From b\r\n> From c\r\n>Fromage\r\n"},
       Variant::mboxcl2},
  });
}

TEST(MboxReader, BelievesALengthThatFits) {
  const std::string inner = ">From a\n\n" + from + "B: 1\n\nz\n";
  const std::string length = "Content-Length: " + std::to_string(inner.size()) + "\n";
  const std::string hidden = "x\n" + from + "B: 1\n\nz\n";
  const std::string next = from + "A: 2\n\ny\n\n";
  const std::string header = "A: 1\r\nContent-Length: " + std::to_string(inner.size()) + "\r\n\r\n";
  const std::string line = from.substr(0, from.size() - 1) + "\r\n";
  const std::string text = ">From a\r\n\r\n" + line + "B: 1\r\n\r\nz\r\n";
  expect({
      {"mboxcl2",
       from + "A: 1\n" + length + "\n" + inner + "\n" + next,
       {header + text, "A: 2\r\n\r\ny\r\n"},
       Variant::mboxcl2},
      {"mboxcl",
       from + "A: 1\n" + length + "\n" + inner + "\n" + next,
       {header + text.substr(1), "A: 2\r\n\r\ny\r\n"},
       Variant::mboxcl},
      {"at the end of the file",
       from + "A: 1\n" + length + "\n" + inner,
       {header + text},
       Variant::mboxcl2},
      {"without being told, never over a separator",
       from + "A: 1\n" + length + "\n" + inner + "\n" + next,
       {header + ">From a\r\n", "B: 1\r\n\r\nz\r\n", "A: 2\r\n\r\ny\r\n"}},
      {"without being told",
       from + "A: 1\nContent-Length: 8\n\n>From a\n\n" + next,
       {"A: 1\r\nContent-Length: 8\r\n\r\n>From a\r\n", "A: 2\r\n\r\ny\r\n"}},
      {"that is wrong",
       from + "A: 1\nContent-Length: 7\n\n>From a\n\n" + next,
       {"A: 1\r\nContent-Length: 7\r\n\r\nFrom a\r\n", "A: 2\r\n\r\ny\r\n"}},
      {"that is beyond the end",
       from + "A: 1\nContent-Length: 700\n\n>From a\n\n" + next,
       {"A: 1\r\nContent-Length: 700\r\n\r\nFrom a\r\n", "A: 2\r\n\r\ny\r\n"},
       Variant::mboxcl},
      {"of nothing",
       from + "A: 1\nContent-Length: 0\n\n" + next,
       {"A: 1\r\nContent-Length: 0\r\n\r\n", "A: 2\r\n\r\ny\r\n"}},
      {"without a line end",
       from + "A: 1\nContent-Length: 1\n\nx\n\n" + next,
       {"A: 1\r\nContent-Length: 1\r\n\r\nx\r\n", "A: 2\r\n\r\ny\r\n"}},
      {"of a text that does not end",
       from + "A: 1\nContent-Length: 1\n\nx\n" + next,
       {"A: 1\r\nContent-Length: 1\r\n\r\nx\r\n", "A: 2\r\n\r\ny\r\n"}},
      {"that counts LF in a file with CRLF",
       "From a Fri Jul  8 12:08:34 2011\r\nContent-Length: 2\r\n\r\nx\r\n",
       {"Content-Length: 2\r\n\r\nx\r\n"}},
      {"that counts LF in a file with CRLF, two lines",
       "From a Fri Jul  8 12:08:34 2011\r\nContent-Length: 4\r\n\r\nx\r\ny\r\n",
       {"Content-Length: 4\r\n\r\nx\r\ny\r\n"}},
      {"over a separator without an empty line before",
       from + "A: 1\nContent-Length: " + std::to_string(hidden.size()) + "\n\n" + hidden + "\n" +
           next,
       {"A: 1\r\nContent-Length: " + std::to_string(hidden.size()) + "\r\n\r\nx\r\n",
        "B: 1\r\n\r\nz\r\n", "A: 2\r\n\r\ny\r\n"}},
  });
}

TEST(MboxReader, IsBoundedByNoLine) {
  const std::string line(3'000'000, 'x');
  const std::string many(200'000, '>');
  const auto found = messages_in(from + "A: 1\n\n" + line + "\r\n" + many + "From a\n\n" + from +
                                 "A: 2\n\n" + line + "\n");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].size(), 8 + 3'000'002 + 200'000 + 8);
  EXPECT_EQ(found[1], "A: 2\r\n\r\n" + line + "\r\n");
}

TEST(MboxReader, TellsMarksDateAndPlace) {
  Text text(from + "Status: RO\nA: 1\n\nx\n\nFrom - \nX-Mozilla-Status: 0008\n\ny\n\n");
  Reader reader(text);
  const auto* message = reader.next();
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(message->offset, 0U);
  EXPECT_EQ(message->from.sender, "a@b");
  EXPECT_EQ(message->marks.flags, 1);
  EXPECT_EQ(message->header, "Status: RO\nA: 1\n\n");
  message = reader.next();  // without having read the first
  ASSERT_NE(message, nullptr);
  EXPECT_FALSE(message->from.date);
  EXPECT_TRUE(message->marks.expunged);
  EXPECT_EQ(reader.next(), nullptr);
  EXPECT_EQ(reader.skipped(), 0U);
}

}  // namespace
}  // namespace postern::wire::mbox
