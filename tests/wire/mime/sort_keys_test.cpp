#include "sync/wire/mime/sort_keys.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "sync/wire/mime/message_ids.h"

namespace postern::wire::mime {
namespace {

using testing::ElementsAre;

constexpr std::string_view letter =
    "Date: Mon, 1 Jan 2024 13:00:00 +0100\r\n"
    "From: =?utf-8?Q?J=C3=BCrgen?= Berg <juergen@example.org>, b@c\r\n"
    "To: anna@example.org\r\n"
    "Cc: Team: x@y, z@y;\r\n"
    "Subject: Re: [list] =?utf-8?Q?Caf=C3=A9?=\r\n"
    "Message-ID: <1@example.org>\r\n"
    "In-Reply-To: <0@example.org>\r\n"
    "References: <r@example.org>\r\n <0@example.org>\r\n\r\n";

/// RFC 5256 section 3 and RFC 5957 section 3.
TEST(SortKeys, OfALetter) {
  const SortKeys keys = sort_keys(letter);
  EXPECT_EQ(keys.sent, 1704110400);
  EXPECT_EQ(keys.subject, "CAFE\u0301");
  EXPECT_EQ(keys.kind, BaseSubject::Kind::reply_or_forward);
  EXPECT_EQ(keys.from, "JUERGEN");
  EXPECT_EQ(keys.to, "ANNA");
  EXPECT_EQ(keys.cc, "TEAM");
  EXPECT_EQ(keys.display_from, "JU\u0308RGEN BERG");
  EXPECT_EQ(keys.display_to, "ANNA@EXAMPLE.ORG");
  EXPECT_EQ(keys.message_id, "1@example.org");
  EXPECT_THAT(keys.references, ElementsAre("r@example.org", "0@example.org"));
}

TEST(SortKeys, OfNothing) {
  EXPECT_EQ(sort_keys(""), SortKeys());
  EXPECT_EQ(sort_keys("Date: soon\r\nFrom:\r\nMessage-ID: 1\r\n\r\n"), SortKeys());
}

TEST(SortKeys, Addresses) {
  struct Row {
    const char* from;
    const char* mailbox;
    const char* display;
  };
  const std::vector<Row> rows = {
      {"Anna <a@b>", "A", "ANNA"},
      {"a@b (Anna)", "A", "ANNA"},
      {"\"\" <a@b>", "A", "A@B"},
      {"\" \" <a@b>", "A", "A@B"},
      {"\"Anna \t Berg\" <a@b>", "A", "ANNA BERG"},
      {"=?utf-8?Q?_?= <a@b>", "A", "A@B"},
      {"\"=?utf-8?Q?=C3=84nne?=\" <a@b>", "A", "A\u0308NNE"},
      {"anna", "ANNA", "ANNA"},
      {"Anna Berg", "", "ANNA BERG"},
      {"@b", "", "@B"},
      {"<>", "", ""},
      {"friends: a@b;", "FRIENDS", "FRIENDS"},
      {"=?utf-8?Q?Fr=C3=BChe?=: a@b;", "=?UTF-8?Q?FR=C3=BCHE?=", "FRU\u0308HE"},
      {"nobody:;", "NOBODY", "NOBODY"},
      {"j\xc3\xbc@b", "JU\u0308", "JU\u0308@B"},
      {"j\xfc@b", "JU\u0308", "JU\u0308@B"},
      {",, a@b", "A", "A@B"},
  };
  for (const auto& [from, mailbox, display] : rows) {
    const SortKeys keys = sort_keys("From: " + std::string(from) + "\r\n\r\n");
    EXPECT_EQ(keys.from, mailbox) << from;
    EXPECT_EQ(keys.display_from, display) << from;
  }
}

/// The same ones as in the ENVELOPE.
TEST(SortKeys, RepeatedFields) {
  const SortKeys keys = sort_keys(
      "Subject: one\r\nSubject: two\r\nFrom:\r\nFrom: a@b\r\nFrom: c@d\r\nMessage-ID: <1@x>\r\n"
      "Message-ID: <2@x>\r\nReferences: <a@x>\r\nReferences: <b@x>\r\n\r\n");
  EXPECT_EQ(keys.subject, "TWO");
  EXPECT_EQ(keys.from, "A");
  EXPECT_EQ(keys.message_id, "2@x");
  EXPECT_THAT(keys.references, ElementsAre("a@x", "b@x"));
}

TEST(SortKeys, AreBounded) {
  std::string header = "Subject: ";
  for (int i = 0; i < 100'000; ++i) header += "\ufdfa";
  header += "\r\nFrom: " + std::string(100'000, 'a') + "\r\nReferences:";
  for (int i = 0; i < 10'000; ++i) header += " <" + std::to_string(i) + "@x>";
  const SortKeys keys = sort_keys(header);
  EXPECT_EQ(keys.from.size(), SortKeys::text_octets);
  EXPECT_EQ(keys.subject.size() % 33, 0U);  // eighteen letters each, none of them cut
  EXPECT_LT(keys.subject.size(), 11 * SortKeys::text_octets);
  EXPECT_EQ(keys.references.size(), most_message_ids);
  EXPECT_LT(keys.encode().size(), 1024U * 1024);
}

TEST(SortKeys, StoredForm) {
  SortKeys early = sort_keys(letter);
  early.sent = -1;
  SortKeys far = sort_keys("Date: 31 Dec 9999 23:59:59 -2359\r\n\r\n");
  for (const SortKeys& keys : {SortKeys(), sort_keys(letter), early, far}) {
    const std::string stored = keys.encode();
    EXPECT_EQ(SortKeys::decode(stored), keys);
    EXPECT_FALSE(SortKeys::decode(stored + "x"));
    for (std::size_t size = 0; size < stored.size(); ++size) {
      EXPECT_FALSE(SortKeys::decode(stored.substr(0, size))) << size;
    }
  }
  EXPECT_FALSE(SortKeys::decode("\x02"));
}

}  // namespace
}  // namespace postern::wire::mime
