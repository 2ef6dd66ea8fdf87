#include <gtest/gtest.h>

#include "sync/wire/imap/parse_command.h"

namespace postern::wire::imap {
namespace {

using command::List;

List list(const std::string& text) {
  auto command = parse_command(RawCommand{{text}, {}, {}});
  EXPECT_TRUE(command) << text << ": " << command.error().text;
  if (!command) throw std::runtime_error(text);
  return std::get<List>(std::move(command->body));
}

/// RFC 5258 section 5, its examples, RFC 5819, RFC 6154, RFC 8440.
TEST(ListGrammar, TellsTheFormsApart) {
  const List basic = list("a LIST \"\" \"*\"");
  EXPECT_EQ(basic.form, List::Form::basic);
  EXPECT_EQ(basic.patterns.size(), 1U);
  const List selecting = list("A LIST (SUBSCRIBED RECURSIVEMATCH) \"\" \"*\"");
  EXPECT_EQ(selecting.form, List::Form::extended);
  EXPECT_TRUE(selecting.selects(List::subscribed) && selecting.selects(List::recursive_match));
  EXPECT_FALSE(selecting.selects(List::remote) || selecting.selects(List::special_use));
  const List empty = list("A LIST () \"\" (\"INBOX\" Drafts Sent/%)");
  EXPECT_EQ(empty.form, List::Form::extended);
  EXPECT_EQ(empty.selection, 0);
  ASSERT_EQ(empty.patterns.size(), 3U);
  EXPECT_TRUE(empty.patterns[2].matches("Sent/March2004"));
  const List returning = list(
      "A LIST \"\" % RETURN (STATUS (MESSAGES UNSEEN) CHILDREN SUBSCRIBED SPECIAL-USE MYRIGHTS)");
  EXPECT_EQ(returning.form, List::Form::extended);
  EXPECT_TRUE(returning.tells(List::return_children) && returning.tells(List::return_rights) &&
              returning.tells(List::return_subscribed) &&
              returning.tells(List::return_special_use));
  EXPECT_EQ(returning.status.size(), 2U);
  EXPECT_EQ(list("a LIST \"\" x ").form, List::Form::basic);
  EXPECT_EQ(list("a LIST (SPECIAL-USE RECURSIVEMATCH) \"\" x RETURN ()").returns, 0);
}

TEST(ListGrammar, RefusesWhatHasNoSense) {
  for (const char* text :
       {"a LIST (RECURSIVEMATCH) \"\" *", "a LIST (REMOTE RECURSIVEMATCH) \"\" *",
        "a LIST (SUBSCRIBED \"\" *", "a LIST (NONSENSE) \"\" *", "a LIST \"\" ()",
        "a LIST \"\" * RETURN", "a LIST \"\" * RETURN (STATUS)", "a LIST \"\" * RETURN (STATUS ())",
        "a LIST \"\" * GIVE (CHILDREN)", "a LIST \"\" *RETURN (CHILDREN)"})
    EXPECT_FALSE(parse_command(RawCommand{{text}, {}, {}})) << text;
  std::string many = "a LIST \"\" (x";
  for (int i = 1; i < 100; ++i) many += " x";
  EXPECT_TRUE(parse_command(RawCommand{{many + ")"}, {}, {}}));
  EXPECT_FALSE(parse_command(RawCommand{{many + " x)"}, {}, {}}));
}

/// RFC 6154 section 6.
TEST(ListGrammar, CreateTakesUses) {
  const auto create = [](const std::string& text) {
    return parse_command(RawCommand{{text}, {}, {}});
  };
  using Uses = std::vector<std::string>;
  EXPECT_EQ(std::get<command::Create>(create("a CREATE x (USE (\\Drafts \\Sent))")->body).uses,
            (Uses{"\\Drafts", "\\Sent"}));
  EXPECT_EQ(std::get<command::Create>(create("a CREATE x (USE ())")->body).uses, Uses{});
  EXPECT_EQ(std::get<command::Create>(create("a CREATE x")->body).uses, Uses{});
  for (const char* text : {"a CREATE x ()", "a CREATE x (USE)", "a CREATE x (USE (Drafts))",
                           "a CREATE x (USE (\\Drafts)", "a CREATE x (SIZE 3)"})
    EXPECT_FALSE(create(text)) << text;
}

}  // namespace
}  // namespace postern::wire::imap
