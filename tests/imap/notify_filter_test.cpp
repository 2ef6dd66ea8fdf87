#include "proxy/imap/notify_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/imap/name_changes.h"
#include "sync/wire/imap/parse_command.h"

namespace postern::imap::test {
namespace {

using Notify = wire::imap::command::Notify;
using testing::ElementsAre;
using testing::IsEmpty;

Notify parsed(const std::string& groups) {
  auto command =
      wire::imap::parse_command(wire::imap::RawCommand{{"a NOTIFY SET " + groups}, {}, {}});
  EXPECT_TRUE(command) << groups << ": " << command.error().text;
  return std::get<Notify>(command->body);
}

constexpr unsigned messages = Notify::message_new | Notify::message_expunge;

struct Row {
  const char* groups;
  const char* name;
  NotifyFilter::Subscribed subscribed;
  unsigned events;
};

/// RFC 5465 sections 6 and 6.3.
TEST(NotifyFilter, TellsWhichEventsAreWantedOfAMailbox) {
  using enum NotifyFilter::Subscribed;
  for (const auto& [groups, name, subscribed, events] : {
           Row{"(PERSONAL (MessageNew MessageExpunge))", "x", no, messages},
           Row{"(INBOXES (MailboxName))", "x/y", no, Notify::mailbox_name},
           Row{"(SELECTED (MessageNew MessageExpunge))", "x", yes, 0},
           Row{"(SUBSCRIBED (MailboxName))", "x", no, 0},
           Row{"(SUBSCRIBED (MailboxName))", "x", yes, Notify::mailbox_name},
           Row{"(MAILBOXES (a b) (MailboxName))", "b", no, Notify::mailbox_name},
           Row{"(MAILBOXES a (MailboxName))", "a/b", no, 0},
           Row{"(SUBTREE a (MailboxName))", "a", no, Notify::mailbox_name},
           Row{"(SUBTREE (c a) (MailboxName))", "a/b/c", no, Notify::mailbox_name},
           Row{"(SUBTREE a (MailboxName))", "ab", no, 0},
           Row{"(SUBTREE a/b (MailboxName))", "a", no, 0},
           Row{"(MAILBOXES inbox (MailboxName))", "INBOX", no, Notify::mailbox_name},
           // several add up, until one says NONE
           Row{"(MAILBOXES a (MailboxName)) (PERSONAL (MessageNew MessageExpunge))", "a", no,
               messages | Notify::mailbox_name},
           Row{"(SUBTREE a NONE) (PERSONAL (MailboxName))", "a/b", no, 0},
           Row{"(SUBTREE a NONE) (PERSONAL (MailboxName))", "b", no, Notify::mailbox_name},
           Row{"(PERSONAL (MailboxName)) (SUBTREE a NONE)", "a", no, Notify::mailbox_name},
       }) {
    EXPECT_EQ(NotifyFilter(parsed(groups).groups).events(name, subscribed), events)
        << groups << " " << name;
  }
}

/// RFC 5465 sections 5.1, 6.1 and 6.1.2.
TEST(NotifyFilter, TellsWhatIsWantedOfTheSelectedMailbox) {
  using Selected = NotifyFilter::Selected;
  const auto of = [](const char* groups) { return NotifyFilter(parsed(groups).groups); };
  EXPECT_EQ(of("(PERSONAL (MessageNew MessageExpunge))").selected(), Selected::untold);
  EXPECT_EQ(of("(SELECTED NONE)").selected(), Selected::untold);
  EXPECT_EQ(of("(SELECTED-DELAYED (MessageNew MessageExpunge))").selected(), Selected::delayed);
  const auto all =
      of("(SELECTED (MessageNew (UID BODY[HEADER.FIELDS (FROM)]) MessageExpunge FlagChange))"
         " (PERSONAL (SubscriptionChange ServerMetadataChange))");
  EXPECT_EQ(all.selected(), Selected::at_once);
  EXPECT_TRUE(all.tells_flags());
  ASSERT_EQ(all.items().size(), 2U);
  EXPECT_EQ(all.items()[1].seen, wire::imap::FetchItem::Seen::untouched);
  EXPECT_TRUE(all.wants(Notify::subscription_change));
  EXPECT_FALSE(all.wants(Notify::message_new | Notify::mailbox_name));
  EXPECT_FALSE(of("(SELECTED (MessageNew MessageExpunge))").tells_flags());
  EXPECT_EQ(of("(MAILBOXES (a b a) (MailboxName)) (SUBTREE c (MailboxName))").names(), 3U);
}

store::MailboxTree tree(std::vector<std::pair<int, std::string>> mailboxes,
                        std::vector<std::string> subscriptions = {}) {
  store::MailboxTree result;
  for (auto& [id, name] : mailboxes)
    result.mailboxes.push_back(
        {MailboxId(id), std::move(name), store::SpecialUse::none, UidValidity(1)});
  result.subscriptions = std::move(subscriptions);
  return result;
}

/// RFC 5465 sections 5.4 and 5.5.
TEST(NameChanges, AreToldFromOneTreeToTheNext) {
  using What = NameChange::What;
  EXPECT_THAT(name_changes(tree({{1, "a"}, {2, "b"}}), tree({{1, "a"}, {2, "b"}})), IsEmpty());
  EXPECT_THAT(
      name_changes(tree({{1, "a"}, {2, "b"}, {3, "d"}}), tree({{4, "a0"}, {2, "c"}, {3, "d"}})),
      ElementsAre(NameChange{What::deleted, "a", ""}, NameChange{What::created, "a0", ""},
                  NameChange{What::renamed, "c", "b"}));
  // one went, and another one has its name
  // A program would take the new one for the old.
  EXPECT_THAT(name_changes(tree({{1, "a"}}), tree({{2, "a"}, {1, "b"}})),
              ElementsAre(NameChange{What::created, "a", {}}, NameChange{What::created, "b", {}}));
  EXPECT_THAT(name_changes(tree({{1, "a"}}), tree({{2, "a"}})),
              ElementsAre(NameChange{What::created, "a", ""}));
  EXPECT_THAT(
      name_changes(tree({{1, "a"}}, {"a", "b", "c"}), tree({{1, "a"}}, {"b", "d"})),
      ElementsAre(NameChange{What::subscription, "a", ""}, NameChange{What::subscription, "c", ""},
                  NameChange{What::subscription, "d", ""}));
}

}  // namespace
}  // namespace postern::imap::test
