#include <ctime>

#include <gtest/gtest.h>

#include "sync/wire/imap/mailbox_name.h"
#include "sync/wire/imap/modified_utf7.h"

namespace postern::wire::imap {
namespace {

struct Pair {
  const char* wire;
  const char* utf8;
};

TEST(ModifiedUtf7, ReadsBackWhatItWrites) {
  const Pair rows[] = {
      {"", ""},
      {"INBOX", "INBOX"},
      {"&-", "&"},
      {"a&-b", "a&b"},
      {"&-&-", "&&"},
      {"Entw&APw-rfe", "Entw\xc3\xbcrfe"},
      // RFC 3501 section 5.1.3.
      {"~peter/mail/&U,BTFw-/&ZeVnLIqe-",
       "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
      {"&Jjo-!", "\xe2\x98\xba!"},
      {"&U,BTF2XlZyyKng-", "\xe5\x8f\xb0\xe5\x8c\x97\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
      {"&2D3eAA-", "\xf0\x9f\x98\x80"},
      {"&AOkA6Q-&-", "\xc3\xa9\xc3\xa9&"},
  };
  for (const Pair& row : rows) {
    EXPECT_EQ(to_modified_utf7(row.utf8), row.wire);
    EXPECT_EQ(from_modified_utf7(row.wire), row.utf8) << row.wire;
  }
}

TEST(ModifiedUtf7, C21RefusesEveryOtherSpelling) {
  for (const char* text : {"&", "&AGE-", "&Jjo!", "&U,BTFw-&ZeVnLIqe-", "&2D0-", "&3gA-", "&APw",
                           "&AP-", "&APx-", "&A-", "&AAA/-", "\xc3\xbc", "a\x7f", "a\tb", "&APwA-"})
    EXPECT_EQ(from_modified_utf7(text), std::nullopt) << text;
}

TEST(MailboxName, C21KnowsWhatIsAName) {
  for (const char* name : {"..", "../x", "etc/passwd", "a b", "\"", "\\", "%", "*", "a.b"})
    EXPECT_TRUE(MailboxName::from_utf8(name)) << name;
  for (const std::string& name :
       {std::string(), std::string("/"), std::string("/a"), std::string("a/"), std::string("a//b"),
        std::string("a\0b", 3), std::string("a\r\nb"), std::string("\xff"), std::string("a\x7f"),
        std::string("\xc2\x85"), std::string("\xe2\x80\xa8"), std::string(5000, 'a')})
    EXPECT_FALSE(MailboxName::from_utf8(name)) << name;
}

TEST(MailboxName, SpellsInboxInCapitals) {
  EXPECT_EQ(MailboxName::from_utf8("inbox")->utf8(), "INBOX");
  EXPECT_EQ(MailboxName::from_utf8("Inbox/inbox")->utf8(), "INBOX/inbox");
  EXPECT_EQ(MailboxName::from_utf8("inboxes")->utf8(), "inboxes");
  EXPECT_EQ(MailboxName::from_utf8("a/inbox")->utf8(), "a/inbox");
  EXPECT_TRUE(MailboxName::from_wire("iNbOx")->inbox());
}

TEST(MailboxName, NamesItsParents) {
  EXPECT_EQ(MailboxName::from_utf8("a/b/c")->parents(), (std::vector<std::string>{"a", "a/b"}));
  EXPECT_TRUE(MailboxName::from_utf8("a")->parents().empty());
}

struct Match {
  const char* reference;
  const char* pattern;
  const char* name;
  bool expected;
};

TEST(ListPattern, MatchesAsSection638Says) {
  const Match rows[] = {
      {"", "*", "a/b", true},
      {"", "%", "a", true},
      {"", "%", "a/b", false},
      {"", "a/%", "a/b", true},
      {"", "a/%", "a", false},
      {"", "a*", "a/b/c", true},
      {"a/", "%", "a/b", true},
      {"a/", "%/c", "a/b/c", true},
      {"", "inbox", "INBOX", true},
      {"", "InB*", "INBOX", true},
      {"", "INBOX/*", "INBOX/x", true},
      {"", "abc", "ABC", false},
      {"", "%%%%a", "bca", true},
      {"", "*%*", "x/y", true},
      {"", "a%b*c/%d", "axb/y/c/zd", true},
      {"", "a%b*c/%d", "ax/b/c/d", false},
      {"", "%/%", "a/b/c", false},
      {"", "inb%x", "INBOX", true},
      {"", "inb%x", "INBAX", false},
      {"", "a%", "a", true},
      {"", "a%", "", false},
      {"x", "/a", "a", false},
      {"", "&APw-*",
       "\xc3\xbc"
       "ber",
       true},
  };
  for (const Match& row : rows) {
    const auto pattern = ListPattern::from_wire(row.reference, row.pattern);
    ASSERT_TRUE(pattern) << row.pattern;
    EXPECT_EQ(pattern->matches(row.name), row.expected) << row.pattern << " " << row.name;
  }
  EXPECT_TRUE(ListPattern::from_wire("", "")->asks_for_root());
  EXPECT_FALSE(ListPattern::from_wire("", "&"));
}

TEST(ListPattern, C9ManyWildcardsStayCheap) {
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "*a";
  EXPECT_FALSE(ListPattern::from_wire("", pattern + "b")->matches(std::string(1000, 'a')));
}

/// As many names as an account may well have, each as long as it can be.
TEST(ListPattern, C9ManyWildcardsAndManyLongNames) {
  std::string text;
  for (int i = 0; i < 510; ++i) text += "a%";
  const auto pattern = ListPattern::from_wire("", text);
  const std::string name(1000, 'a');
  const auto begin = std::clock();
  for (int i = 0; i < 2000; ++i) EXPECT_TRUE(pattern->matches(name));
  EXPECT_LT(std::clock() - begin, 4 * CLOCKS_PER_SEC);
}

TEST(ListPattern, ThatIsLongerThanAnyNameIsRefused) {
  EXPECT_TRUE(ListPattern::from_wire("", std::string(1024, 'a')).has_value());
  EXPECT_FALSE(ListPattern::from_wire("", std::string(1025, 'a')).has_value());
}

}  // namespace
}  // namespace postern::wire::imap
