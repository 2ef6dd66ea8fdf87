#include "sync/wire/mime/message_ids.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include <fmt/format.h>

namespace postern::wire::mime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Ids = std::vector<std::string>;

struct Row {
  const char* value;
  Ids expected;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) EXPECT_EQ(message_ids(row.value), row.expected) << row.value;
}

/// RFC 5322 section 3.6.4.
TEST(MessageIds, WellFormed) {
  check({
      {"", {}},
      {"<a@b>", {"a@b"}},
      {"<a.b+c@d.e>", {"a.b+c@d.e"}},
      {"<a@[192.0.2.1]>", {"a@[192.0.2.1]"}},
      {"<a@b> <c@d>\r\n\t<e@f>", {"a@b", "c@d", "e@f"}},
      {"<a@b><c@d>", {"a@b", "c@d"}},
      {"<A@b>", {"A@b"}},  // the case counts
  });
}

/// RFC 5256 section 3: differently quoted, and the same.
TEST(MessageIds, Quoting) {
  check({
      {R"(<"01KF8JCEOCBS0045PS"@xxx.yyy.com>)", {"01KF8JCEOCBS0045PS@xxx.yyy.com"}},
      {R"(<"a"."b"@c>)", {"a.b@c"}},
      {R"(<"a\"b\\c"@d>)", {R"(a"b\c@d)"}},
      {R"(<"a b"@c>)", {"a b@c"}},
      {R"(<"a@b"@c>)", {"a@b@c"}},
      {R"(<"a>b<"@c>)", {"a>b<@c"}},
      {R"(<"a@b">)", {}},
  });
}

/// RFC 5322 section 4.5.4, and what mailers make of it.
TEST(MessageIds, Obsolete) {
  check({
      {"(x) <a@b> (see <c@d>) <e@f>", {"a@b", "e@f"}},
      {"< a (x) . b @ c >", {"a.b@c"}},
      {"<a(in (two) levels \\) )b@c>", {"ab@c"}},
      {"<long-\r\n id@b>", {"long-id@b"}},
      {"Your message of \"Mon, 1 Jan\" <a@b>", {"a@b"}},
      {"<a@b>, <c@d>", {"a@b", "c@d"}},
      {"<[!&!AAA==]@b>", {"[!&!AAA==]@b"}},
  });
}

TEST(MessageIds, Broken) {
  check({
      {"a@b", {}},
      {"<>", {}},
      {"<a>", {}},
      {"<@b>", {}},
      {"<a@>", {}},
      {"<a@b", {}},
      {"<a@b <c@d>", {"c@d"}},
      {"<<a@b>>", {"a@b"}},
      {"<a> <b@c>", {"b@c"}},
      {"<\"a@b> <c@d>", {}},
      {"<a(@b> (<c@d>", {"a(@b", "c@d"}},  // no comments, since the last one has no end
      {"<a@b\\>", {"a@b\\"}},
  });
}

/// C13: what is too long for a line is passed over up to there.
TEST(MessageIds, Length) {
  const std::string longest = std::string(longest_message_id - 2, 'a') + "@b";
  EXPECT_THAT(message_ids("<" + longest + ">"), ElementsAre(longest));
  EXPECT_THAT(message_ids("<a" + longest + "> <c@d>"), ElementsAre("c@d"));
  EXPECT_THAT(message_ids("<\"" + std::string(2000, 'a') + " <c@d>"), ElementsAre("c@d"));
}

TEST(MessageIds, Count) {
  const auto ids = [](std::size_t from, std::size_t to) {
    Ids out;
    for (std::size_t i = from; i < to; ++i) out.push_back(fmt::format("{}@x", i));
    return out;
  };
  for (const std::size_t count : {199U, 200U, 201U, 202U, 398U, 399U, 400U, 1000U}) {
    Ids expected = ids(0, count);
    if (count > most_message_ids) {
      expected = ids(count - most_message_ids + 1, count);
      expected.insert(expected.begin(), "0@x");
    }
    EXPECT_EQ(message_ids("<" + fmt::format("{}", fmt::join(ids(0, count), "> <")) + ">"), expected)
        << count;
  }
}

TEST(FirstMessageId, IsTheFirstGoodOne) {
  EXPECT_EQ(first_message_id("<a> x <b@c> <d@e>"), "b@c");
  EXPECT_EQ(first_message_id("Anna's letter"), std::nullopt);
}

/// RFC 5256 section 3.
TEST(ReferenceList, ReferencesOrElseTheFirstOfInReplyTo) {
  EXPECT_THAT(reference_list("<a@b> <c@d>", "<e@f>"), ElementsAre("a@b", "c@d"));
  EXPECT_THAT(reference_list("nothing", "Anna <e> <f@g> <h@i>"), ElementsAre("f@g"));
  EXPECT_THAT(reference_list("", ""), IsEmpty());
}

}  // namespace
}  // namespace postern::wire::mime
