#include "proxy/imap/mailbox_choice.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::imap {
namespace {

using Source = wire::imap::command::MailboxSource;
using Kind = Source::Kind;

Source source(Kind kind, const std::vector<std::string>& names = {}) {
  Source made{kind, {}};
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
    std::vector<Source> sources;
    const char* chosen;
  };
  for (const Row& row : std::vector<Row>{
           {{source(Kind::personal)}, "INBOX INBOX/a a a/b a/b/c ab "},
           {{source(Kind::inboxes)}, "INBOX INBOX/a a a/b a/b/c ab "},
           {{source(Kind::selected)}, "a "},
           {{source(Kind::subscribed)}, "a/b "},
           {{source(Kind::subtree, {"a"})}, "a a/b a/b/c "},
           {{source(Kind::subtree, {"a/b", "inbox"})}, "INBOX INBOX/a a/b a/b/c "},
           {{source(Kind::subtree_one, {"a"})}, "a a/b "},
           {{source(Kind::subtree_one, {"nowhere"})}, ""},
           {{source(Kind::mailboxes, {"ab", "nowhere", "Inbox"})}, "INBOX ab "},
           {{source(Kind::mailboxes, {"ab", "a"}), source(Kind::subtree_one, {"a"})}, "a a/b ab "},
           {{}, ""},
       }) {
    std::string chosen;
    for (const auto& info : chosen_mailboxes(row.sources, tree, MailboxId(3)))
      chosen += info.name + " ";
    EXPECT_EQ(chosen, row.chosen);
  }
  EXPECT_TRUE(chosen_mailboxes({source(Kind::selected)}, tree, std::nullopt).empty());
}

}  // namespace
}  // namespace postern::imap
