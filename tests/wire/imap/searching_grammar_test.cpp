#include <gtest/gtest.h>

#include <expected>
#include <span>
#include <string>
#include <variant>

#include "sync/wire/imap/parse_command.h"

/// The grammar of SEARCH, SORT, THREAD and what they return, row by row.
namespace postern::wire::imap {
namespace {

using Kind = SearchKey::Kind;
using Key = SortCriterion::Key;
using Returns = ReturnOptions;

std::expected<Command, SyntaxError> parse(const std::string& text) {
  RawCommand raw;
  raw.text.push_back(text);
  return parse_command(raw);
}

struct Row {
  const char* name;
  const char* text;
  bool good;
};

void expect(const std::string& before, const std::string& after, std::span<const Row> rows) {
  for (const Row& row : rows) {
    const auto command = parse(before + row.text + after);
    EXPECT_EQ(command.has_value(), row.good)
        << row.name << ": " << row.text << (command ? "" : ": " + command.error().text);
  }
}

TEST(SearchingGrammar, SearchKeys) {
  const Row rows[] = {
      {"RFC 3501 section 6.4.4", "ALL", true},
      {"in any case", "aLl", true},
      {"flags", "ANSWERED DELETED DRAFT FLAGGED SEEN RECENT", true},
      {"flags that are not there", "UNANSWERED UNDELETED UNDRAFT UNFLAGGED UNSEEN OLD NEW", true},
      {"no UNRECENT", "UNRECENT", false},
      {"keyword", "KEYWORD $Junk UNKEYWORD work", true},
      {"no keyword", "KEYWORD", false},
      {"keyword is an atom", "KEYWORD \"a\"", false},
      {"dates", "BEFORE 1-Feb-2020 ON 01-Feb-2020 SINCE \"1-Feb-2020\"", true},
      {"sent", "SENTBEFORE 1-Feb-2020 SENTON 1-Feb-2020 SENTSINCE 1-Feb-2020", true},
      {"no such day", "ON 31-Feb-2020", false},
      {"no such month", "ON 1-Foo-2020", false},
      {"short year", "ON 1-Feb-20", false},
      {"RFC 8514 section 4.3", "SAVEDBEFORE 1-Feb-2020 SAVEDON 1-Feb-2020 SAVEDSINCE 1-Feb-2020",
       true},
      {"RFC 8514 section 4.3", "SAVEDATESUPPORTED", true},
      {"texts", "BCC a CC \"b c\" FROM d SUBJECT \"\" TO e BODY f TEXT g", true},
      {"header", "HEADER X-Note \"\" HEADER \"List-ID\" x", true},
      {"header without name", "HEADER \"\" x", false},
      {"header without value", "HEADER X-Note", false},
      {"sizes", "LARGER 0 SMALLER 4294967295", true},
      {"negative size", "LARGER -1", false},
      {"sets", "1 2:4,9 5:* * UID 1:*", true},
      {"RFC 5182", "$ UID $", true},
      {"open set", "UID 1:", false},
      {"zero", "UID 0", false},
      {"not and or", "NOT OR SEEN (DRAFT FLAGGED) ALL", true},
      {"or of one", "OR SEEN", false},
      {"empty list", "()", false},
      {"open list", "(SEEN", false},
      {"two spaces", "SEEN  DRAFT", false},
      {"space at the end", "SEEN ", false},
      {"RFC 5032 section 3", "OLDER 60 YOUNGER 4294967295", true},
      {"interval of nothing", "OLDER 0", false},
      {"RFC 8474 section 6", "EMAILID M1 THREADID T-1_x", true},
      {"object id of nothing", "EMAILID \"\"", false},
      {"object id with other characters", "EMAILID a.b", false},
      {"RFC 7162 section 3.1.5", "MODSEQ 620162338 MODSEQ 0", true},
      {"with an entry", "MODSEQ \"/flags/\\\\draft\" all 1", true},
      {"entry without type", "MODSEQ \"/flags/\\\\draft\" 1", false},
      {"RFC 6203 section 3", "FUZZY TEXT a FUZZY (FROM b NOT TO c) NOT FUZZY SUBJECT d", true},
      {"fuzzy nothing", "FUZZY", false},
      {"no such key", "FROBNICATE", false},
  };
  expect("a SEARCH ", "", rows);
  expect("a UID SEARCH ", "", rows);
  expect("a SEARCH RETURN () CHARSET UTF-8 ", "", rows);
  expect("a SORT (DATE) UTF-8 ", "", rows);
  expect("a UID THREAD REFERENCES UTF-8 ", "", rows);
}

TEST(SearchingGrammar, FuzzyMarksAKeyAndThoseWithinIt) {
  const auto command = parse("a SEARCH FUZZY (FROM b NOT TO c) SUBJECT d");
  ASSERT_TRUE(command);
  const SearchKey& key = std::get<command::Search>(command->body).key;
  ASSERT_EQ(key.children.size(), 2U);
  EXPECT_EQ(key.children[0].match, SearchKey::Match::fuzzy);
  EXPECT_EQ(key.children[0].children[0].match, SearchKey::Match::fuzzy);
  EXPECT_EQ(key.children[0].children[1].children[0].match, SearchKey::Match::fuzzy);
  EXPECT_EQ(key.children[1].match, SearchKey::Match::exact);
  EXPECT_EQ(key.match, SearchKey::Match::exact);
}

TEST(SearchingGrammar, ReturnOptions) {
  const Row rows[] = {
      {"RFC 4731 section 3.1", "()", true},
      {"all of them", "(MIN MAX ALL COUNT)", true},
      {"again", "(MIN MIN)", true},
      {"RFC 5182 section 2.1", "(SAVE)", true},
      {"RFC 5267 section 4", "(UPDATE CONTEXT COUNT)", true},
      {"RFC 9394 section 3.1", "(PARTIAL 1:500)", true},
      {"from the back", "(PARTIAL -1:-100 COUNT)", true},
      {"falling", "(PARTIAL 500:1)", true},
      {"both sides", "(PARTIAL 1:-1)", false},
      {"from zero", "(PARTIAL 0:1)", false},
      {"no range", "(PARTIAL)", false},
      {"one end", "(PARTIAL 1)", false},
      {"two ranges", "(PARTIAL 1:2 PARTIAL 3:4)", false},
      {"RFC 9394 section 3.1: not with ALL", "(ALL PARTIAL 1:2)", false},
      {"RFC 6203 section 4", "(RELEVANCY ALL)", true},
      {"no such option", "(FOO)", false},
      {"open", "(ALL", false},
      {"bare", "ALL", false},
      {"two spaces", "(MIN  MAX)", false},
  };
  expect("a SEARCH RETURN ", " ALL", rows);
  expect("a UID SEARCH RETURN ", " CHARSET UTF-8 ALL", rows);
  expect("a UID SORT RETURN ", " (DATE) UTF-8 ALL", rows);
  const auto command = parse("a SEARCH RETURN (RELEVANCY PARTIAL -1:-9 MIN) FUZZY BODY x");
  ASSERT_TRUE(command);
  const auto& search = std::get<command::Search>(command->body);
  EXPECT_EQ(search.returns->options, Returns::relevancy | Returns::min);
  EXPECT_EQ(search.returns->partial, (PartialRange{-1, -9}));
}

TEST(SearchingGrammar, SortCriteria) {
  const Row rows[] = {
      {"RFC 5256 section 3", "(ARRIVAL CC DATE FROM SIZE SUBJECT TO)", true},
      {"RFC 5957 section 3", "(DISPLAYFROM REVERSE DISPLAYTO)", true},
      {"RFC 6203 section 5", "(REVERSE RELEVANCY DATE)", true},
      {"in any case", "(reverse date)", true},
      {"none", "()", false},
      {"reverse of none", "(REVERSE)", false},
      {"reverse twice", "(REVERSE REVERSE DATE)", false},
      {"no such key", "(SENDER)", false},
      {"bare", "DATE", false},
      {"open", "(DATE", false},
      {"twenty", "(TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO)", true},
      {"one too many", "(TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO)", false},
  };
  expect("a SORT ", " UTF-8 ALL", rows);
  expect("a UID SORT RETURN (COUNT) ", " US-ASCII ALL", rows);
  EXPECT_FALSE(parse("a SORT (DATE) ALL"));
  EXPECT_FALSE(parse("a SORT (DATE) UTF-8"));
  const auto command = parse("a SORT (REVERSE RELEVANCY ARRIVAL) UTF-8 ALL");
  ASSERT_TRUE(command);
  const auto& sort = std::get<command::Sort>(command->body);
  ASSERT_EQ(sort.order.size(), 2U);
  EXPECT_EQ(sort.order[0], (SortCriterion{Key::relevancy, SortCriterion::Direction::falling}));
  EXPECT_EQ(sort.order[1], (SortCriterion{Key::arrival, SortCriterion::Direction::rising}));
}

TEST(SearchingGrammar, ThreadAlgorithms) {
  const Row rows[] = {
      {"RFC 5256 section 3", "ORDEREDSUBJECT UTF-8 ALL", true},
      {"RFC 5256 section 3", "references us-ascii UNSEEN", true},
      {"as Dovecot has it", "REFS UTF-8 ALL", true},
      {"no such algorithm", "JWZ UTF-8 ALL", false},
      {"no charset", "REFERENCES", false},
      {"no key", "REFERENCES UTF-8", false},
      {"returns nothing", "RETURN (ALL) REFERENCES UTF-8 ALL", false},
  };
  expect("a THREAD ", "", rows);
  expect("a UID THREAD ", "", rows);
}

TEST(SearchingGrammar, PartialFetchAndCancelUpdate) {
  const Row fetches[] = {
      {"RFC 9394 section 3.3", "(FLAGS) (PARTIAL 1:10)", true},
      {"from the back", "FLAGS (PARTIAL -1:-10)", true},
      {"no range", "FLAGS (PARTIAL)", false},
      {"both sides", "FLAGS (PARTIAL 1:-10)", false},
  };
  expect("a UID FETCH 1:* ", "", fetches);
  const Row cancels[] = {
      {"RFC 5267 section 4.3.5", "\"a1\" \"a2\"", true},
      {"nothing", "", false},
  };
  expect("a CANCELUPDATE ", "", cancels);
}

}  // namespace
}  // namespace postern::wire::imap
