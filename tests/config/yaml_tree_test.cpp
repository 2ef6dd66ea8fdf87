#include "config/yaml_tree.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace postern::config {
namespace {

TEST(YamlTree, KeepsPlacesAndTextAsWritten) {
  const auto tree = read_tree("a: 5 minutes\nlist:\n  - x\n  - {k: \"07\"}\nnone:\ntilde: ~\n");
  ASSERT_TRUE(tree);
  ASSERT_TRUE(tree->mistakes.empty());
  const auto& entries = tree->root.entries;
  ASSERT_EQ(entries.size(), 4U);
  EXPECT_EQ(entries[0].value.text, "5 minutes");
  EXPECT_EQ(entries[0].value.at, (Place{1, 4}));
  EXPECT_EQ(entries[1].at, (Place{2, 1}));
  ASSERT_EQ(entries[1].value.items.size(), 2U);
  EXPECT_EQ(entries[1].value.items[1].entries[0].value.text, "07");
  EXPECT_EQ(entries[1].value.items[1].entries[0].value.at, (Place{4, 9}));
  EXPECT_EQ(entries[2].value.kind, Node::Kind::null);
  EXPECT_EQ(entries[3].value.kind, Node::Kind::null);
}

TEST(YamlTree, QuotedWordsAreText) {
  const auto tree = read_tree("a: \"\"\nb: 'null'\nc: '~'\n");
  ASSERT_TRUE(tree);
  for (const auto& entry : tree->root.entries) EXPECT_EQ(entry.value.kind, Node::Kind::scalar);
}

// H1: what makes a file unreadable, and where that is.
TEST(YamlTree, RefusesTexts) {
  struct Row {
    std::string name;
    std::string text;
    Place at;
    std::string_view what;
  };
  const std::vector<Row> rows = {
      {"tab at the beginning", "a:\n\tb: 1\n", {2, 1}, "a tab in the indentation"},
      {"tab after spaces", "a:\n  \tb: 1\n", {2, 3}, "a tab in the indentation"},
      {"UTF-8 BOM",
       "\xef\xbb\xbf"
       "a: 1\n",
       {1, 1},
       "byte order mark"},
      {"UTF-16 BOM",
       "\xff\xfe"
       "a\0:\0",
       {1, 1},
       "byte order mark"},
      {"NUL", std::string("a: 1\nb: x\0y\n", 12), {2, 5}, "control character"},
      {"escape", "a: \x1b[2J\n", {1, 4}, "control character"},
      {"lone CR", "a: 1\rb: 2\n", {1, 5}, "carriage return"},
      {"bad UTF-8", "a: 1\nb: \xc3\x28\n", {2, 4}, "not UTF-8"},
      {"overlong UTF-8", "a: \xc0\x80\n", {1, 4}, "not UTF-8"},
      {"surrogate", "a: \xed\xa0\x80\n", {1, 4}, "not UTF-8"},
      {"cut UTF-8", "a: \xe2\x82", {1, 4}, "not UTF-8"},
      {"bad indentation", "a: 1\n b: 2\n", {2, 3}, "not valid YAML"},
      {"unclosed bracket", "a: [1, 2\n", {2, 1}, "not valid YAML"},
      {"unclosed quote", "a: \"x\n", {2, 2}, "not valid YAML"},
      {"unknown alias", "a: *b\n", {1, 4}, "not valid YAML"},
      {"deep flow",
       "a: " + std::string(100, '[') + std::string(100, ']'),
       {1, 19},
       "nested deeper"},
      {"very deep flow", std::string(500000, '['), {1, 9}, "nested deeper"},
      {"very deep map", std::string(300000, '{'), {1, 16}, "nested deeper"},
      {"very deep block",
       [] {
         std::string text;
         for (int i = 0; i < 600; ++i)
           text += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
         return text;
       }(),
       {17, 17},
       "nested deeper"},
      {"too large", std::string(100 * 1024 * 1024, 'a'), {1, 1}, "larger than"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto tree = read_tree(row.text);
    ASSERT_FALSE(tree);
    EXPECT_EQ(tree.error().at, row.at) << tree.error().at.line << ":" << tree.error().at.column;
    EXPECT_NE(tree.error().problem.what.find(row.what), std::string::npos)
        << tree.error().problem.what;
    EXPECT_FALSE(tree.error().problem.advice.empty());
  }
}

// H1: what the library would have resolved in silence.
TEST(YamlTree, ReportsForms) {
  struct Row {
    std::string name;
    std::string text;
    std::vector<std::string> expected;  ///< "line:column key: what"
  };
  const std::vector<Row> rows = {
      {"duplicate",
       "a: 1\nb: {c: 1, c: 2}\na: 3\n",
       {"2:11 b.c: is here twice, the first time in line 2",
        "3:1 a: is here twice, the first time in line 1"}},
      {"the same key in different groups", "a: {c: 1}\nb: {c: 1}\n", {}},
      {"anchor", "a: &x 1\n", {"1:4 a: an anchor (&name)"}},
      {"alias", "a: &x 1\nb: *x\n", {"1:4 a: an anchor (&name)", "2:4 b: an alias (*name)"}},
      {"merge key",
       "a: &x {k: 1}\nb:\n  <<: *x\n",
       {"1:4 a: an anchor (&name)", "3:7 b.<<: an alias (*name)"}},
      {"tag", "a: !!binary eA==\n", {"1:4 a: a type tag (!name)"}},
      {"list as key", "[a, b]: 1\n", {"1:1 : a key that is not a word"}},
      {"second document", "a: 1\n---\nb: 2\n", {"3:1 : a second document after \"---\""}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto tree = read_tree(row.text);
    ASSERT_TRUE(tree) << tree.error().problem.what;
    std::vector<std::string> found;
    for (const FormMistake& m : tree->mistakes) {
      found.push_back(std::to_string(m.at.line) + ":" + std::to_string(m.at.column) + " " + m.key +
                      ": " + m.problem.what);
    }
    EXPECT_EQ(found, row.expected);
  }
}

// H1: "billion laughs": nine levels of aliases stay nine short lines.
TEST(YamlTree, AliasBombStaysSmall) {
  std::string text = "a0: &a0 lol\n";
  for (int i = 1; i < 10; ++i) {
    const std::string above = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + above;
    for (int j = 0; j < 9; ++j) text += ", " + above;
    text += "]\n";
  }
  const auto tree = read_tree(text);
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->mistakes.size(), 10U + 90U);
}

TEST(YamlTree, EmptyTextsAreNothing) {
  for (const std::string_view text : {"", "\n\n", "# only a comment\n", "---\n"}) {
    const auto tree = read_tree(text);
    ASSERT_TRUE(tree);
    EXPECT_EQ(tree->root.kind, Node::Kind::null);
  }
}

TEST(YamlTree, WindowsLineEndsAreFine) {
  const auto tree = read_tree("a: 1\r\nb: 2\r\n");
  ASSERT_TRUE(tree);
  ASSERT_EQ(tree->root.entries.size(), 2U);
  EXPECT_EQ(tree->root.entries[0].value.text, "1");
}

}  // namespace
}  // namespace postern::config
