#include "proxy/imap/mailbox_choice.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::imap {
namespace {

using Filter = wire::imap::command::MailboxFilter;
using Kind = Filter::Kind;

Filter filter(Kind kind, const std::vector<std::string>& names = {}) {
  Filter made{kind, {}};
  for (const std::string& name : names)
    made.names.push_back(*wire::imap::MailboxName::from_utf8(name));
  return made;
}

/// RFC 7377 section 2.2, RFC 5465 section 6.
TEST(MailboxChoice, Rows) {
  store::MailboxTree tree;
  std::int64_t id = 0;
  for (const char* name : {"INBOX", "INBOX/a", "a", "a/b", "a/b/c", "ab"})
    tree.mailboxes.push_back({MailboxId(++id), name, store::SpecialUse::none, UidValidity(1)});
  tree.subscriptions = {"a/b", "gone"};
  struct Row {
    std::vector<Filter> filters;
    const char* chosen;
  };
  for (const Row& row : std::vector<Row>{
           {{filter(Kind::personal)}, "INBOX INBOX/a a a/b a/b/c ab "},
           {{filter(Kind::inboxes)}, "INBOX INBOX/a a a/b a/b/c ab "},
           {{filter(Kind::selected)}, "a "},
           {{filter(Kind::subscribed)}, "a/b "},
           {{filter(Kind::subtree, {"a"})}, "a a/b a/b/c "},
           {{filter(Kind::subtree, {"a/b", "inbox"})}, "INBOX INBOX/a a/b a/b/c "},
           {{filter(Kind::subtree_one, {"a"})}, "a a/b "},
           {{filter(Kind::subtree_one, {"nowhere"})}, ""},
           {{filter(Kind::mailboxes, {"ab", "nowhere", "Inbox"})}, "INBOX ab "},
           {{filter(Kind::mailboxes, {"ab", "a"}), filter(Kind::subtree_one, {"a"})}, "a a/b ab "},
           {{}, ""},
       }) {
    std::string chosen;
    for (const auto& info : chosen_mailboxes(row.filters, tree, MailboxId(3)))
      chosen += info.name + " ";
    EXPECT_EQ(chosen, row.chosen);
  }
  EXPECT_TRUE(chosen_mailboxes({filter(Kind::selected)}, tree, std::nullopt).empty());
}

}  // namespace
}  // namespace postern::imap
