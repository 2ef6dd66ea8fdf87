#include <gtest/gtest.h>

#include "sync/wire/imap/parse_command.h"

namespace postern::wire::imap {
namespace {

using command::GetMetadata;
using command::List;
using command::MetadataQuery;
using command::Notify;
using command::SetMetadata;

std::expected<Command, SyntaxError> parse(const std::string& text,
                                          const std::vector<std::string>& literals = {}) {
  RawCommand raw{{}, literals, {}};
  std::size_t start = 0;
  for (std::size_t i = 0; i < literals.size(); ++i) {
    const std::size_t end = text.find('|', start);
    raw.text.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  raw.text.push_back(text.substr(start));
  return parse_command(raw);
}

template <class T>
T right(const std::string& text, const std::vector<std::string>& literals = {}) {
  auto command = parse(text, literals);
  EXPECT_TRUE(command) << text << ": " << command.error().text;
  if (!command) throw std::runtime_error(text);
  return std::get<T>(std::move(command->body));
}

/// RFC 5465 section 8.
TEST(NotifyGrammar, TakesGroupsOfEvents) {
  EXPECT_TRUE(right<Notify>("a NOTIFY NONE").groups.empty());
  const auto notify = right<Notify>(
      "a notify set status (selected (MessageNew (uid body.peek[header.fields (from to subject)]) "
      "MessageExpunge FlagChange)) (SUBTREE (\"a b\" INBOX) (mailboxname)) (personal NONE)");
  EXPECT_EQ(notify.statuses, Notify::Statuses::told);
  EXPECT_EQ(notify.named, Notify::Events::known);
  ASSERT_EQ(notify.groups.size(), 3U);
  EXPECT_EQ(notify.groups[0].events, Notify::message_events);
  EXPECT_EQ(notify.groups[0].items.size(), 2U);
  EXPECT_EQ(notify.groups[1].mailboxes.kind, command::MailboxFilter::Kind::subtree);
  EXPECT_EQ(notify.groups[1].mailboxes.names.front().utf8(), "a b");
  EXPECT_EQ(notify.groups[2].events, 0);
  // section 3.1: to be refused, but not as a mistake
  for (const char* text : {"a NOTIFY SET (PERSONAL (AnnotationChange))",
                           "a NOTIFY SET (PERSONAL (MailboxName Thunderstorm))"})
    EXPECT_EQ(right<Notify>(text).named, Notify::Events::unknown) << text;
}

/// RFC 5465 sections 5, 5.2 and 6.1.
TEST(NotifyGrammar, RefusesWhatHasNoSense) {
  for (const char* text :
       {"a NOTIFY", "a NOTIFY SET", "a NOTIFY SET STATUS", "a NOTIFY ADD (PERSONAL NONE)",
        "a NOTIFY SET (PERSONAL)", "a NOTIFY SET (PERSONAL ())", "a NOTIFY SET (EVERYWHERE NONE)",
        "a NOTIFY SET (SUBTREE NONE)", "a NOTIFY SET (MAILBOXES () NONE)", "a NOTIFY NONE NONE",
        "a NOTIFY SET (PERSONAL (MessageNew))", "a NOTIFY SET (PERSONAL (MessageExpunge))",
        "a NOTIFY SET (PERSONAL (FlagChange))",
        "a NOTIFY SET (SELECTED (MessageNew MessageExpunge MailboxName))",
        "a NOTIFY SET (SELECTED NONE) (SELECTED-DELAYED NONE)",
        "a NOTIFY SET (PERSONAL (MessageNew (UID) MessageExpunge))",
        "a NOTIFY SET (SELECTED (MessageNew (NONSENSE) MessageExpunge))"})
    EXPECT_FALSE(parse(text)) << text;
  std::string many = "a NOTIFY SET";
  for (int i = 0; i < 100; ++i) many += " (PERSONAL NONE)";
  EXPECT_TRUE(parse(many));
  EXPECT_FALSE(parse(many + " (PERSONAL NONE)"));
}

/// RFC 5464 sections 4.2 and 5, RFC 9590 section 3; options stand before the mailbox or behind it.
TEST(MetadataGrammar, TakesQueries) {
  for (const char* text :
       {"a GETMETADATA (MAXSIZE 1024 DEPTH infinity) INBOX (/shared/a /private/b)",
        "a GETMETADATA INBOX (DEPTH INFINITY MAXSIZE 1024) (/shared/a \"/private/b\")"}) {
    const auto query = right<GetMetadata>(text);
    EXPECT_EQ(query.mailbox->utf8(), "INBOX");
    EXPECT_EQ(query.depth, MetadataQuery::Depth::infinity);
    EXPECT_EQ(query.max_size, 1024U);
    EXPECT_EQ(query.entries, (std::vector<std::string>{"/shared/a", "/private/b"}));
  }
  const auto server = right<GetMetadata>("a GETMETADATA \"\" |", {"/Shared/Comment"});
  EXPECT_FALSE(server.mailbox);
  EXPECT_EQ(server.entries.front(), "/Shared/Comment");
  const auto first = right<GetMetadata>("a GETMETADATA INBOX (| /private/b)", {"/shared/a"});
  EXPECT_EQ(first.entries.size(), 2U);
  const auto list = right<List>("a LIST \"\" % RETURN (METADATA (/shared/a) SUBSCRIBED)");
  EXPECT_EQ(list.metadata->entries.front(), "/shared/a");
}

/// RFC 5464 section 4.3.
TEST(MetadataGrammar, TakesValues) {
  const std::string octets("a\0b", 3);
  const auto set = right<SetMetadata>(
      "a SETMETADATA INBOX (/Private/A nil /shared/b \"\" /shared/c ~| /shared/d |)",
      {octets, "text"});
  ASSERT_EQ(set.values.size(), 4U);
  EXPECT_EQ(set.values[0].entry, "/private/a");
  EXPECT_EQ(set.values[0].value, std::nullopt);
  EXPECT_EQ(set.values[1].value, "");
  EXPECT_EQ(set.values[2].value, octets);
  EXPECT_EQ(set.values[3].value, "text");
  EXPECT_FALSE(parse("a SETMETADATA INBOX (/shared/a |)", {octets}));
  EXPECT_FALSE(parse("a SETMETADATA INBOX (/shared/a ~\"x\")"));
}

/// RFC 5464 section 3.2.
TEST(MetadataGrammar, RefusesWhatHasNoSense) {
  for (const char* text :
       {"a GETMETADATA INBOX", "a GETMETADATA INBOX ()", "a GETMETADATA INBOX comment",
        "a GETMETADATA INBOX /comment", "a GETMETADATA INBOX /private/", "a GETMETADATA INBOX /",
        "a GETMETADATA INBOX /shared//a", "a GETMETADATA INBOX \"/shared/a b%\"",
        "a GETMETADATA (DEPTH 2) INBOX /shared/a", "a GETMETADATA (DEPTH) INBOX /shared/a",
        "a GETMETADATA (SIZE 2) INBOX /shared/a", "a SETMETADATA INBOX /shared/a x",
        "a SETMETADATA INBOX (/shared/a)", "a SETMETADATA INBOX (/shared \"x\")",
        "a SETMETADATA INBOX ()", "a SETMETADATA (/shared/a \"x\")",
        "a LIST \"\" % RETURN (METADATA)", "a LIST \"\" % RETURN (METADATA ())"})
    EXPECT_FALSE(parse(text)) << text;
  std::string many = "a GETMETADATA INBOX (/shared/0";
  for (int i = 1; i < 200; ++i) many += " /shared/0";
  EXPECT_TRUE(parse(many + ")"));
  EXPECT_FALSE(parse(many + " /shared/0)"));
  EXPECT_FALSE(parse("a GETMETADATA INBOX /shared/" + std::string(1020, 'x')));
}

}  // namespace
}  // namespace postern::wire::imap
