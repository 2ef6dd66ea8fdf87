#include <algorithm>
#include <chrono>
#include <csignal>
#include <random>
#include <set>
#include <string>
#include <thread>

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sync/store/folded_fields.h"
#include "sync/store/folded_texts.h"
#include "sync/store/grams.h"
#include "sync/store/verification.h"
#include "sync/wire/mime/text.h"
#include "tests/store/earlier_schema.h"
#include "tests/store/store_fixture.h"

namespace postern::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// What FTS5 makes of an expression of gram_expression, for one message: true if all terms that it
/// wants are there, or begin one that is.
bool finds(const std::string& expression, const std::set<std::string>& terms) {
  const std::string wanted = expression.substr(1, expression.rfind(") OR ") - 1);
  for (std::size_t at = 0; at < wanted.size();) {
    std::string term;
    for (++at; wanted[at] != '"' || (at + 1 < wanted.size() && wanted[at + 1] == '"'); ++at) {
      if (wanted[at] == '"') ++at;
      term += wanted[at];
    }
    ++at;
    const bool beginning = wanted.substr(at, 2) == " *";
    const auto found = terms.lower_bound(term);
    if (found == terms.end() || (beginning ? !found->starts_with(term) : *found != term))
      return false;
    at = wanted.find('"', at);
  }
  return true;
}

std::set<std::string> terms_of(const std::vector<std::string>& folded_texts,
                               std::size_t piece = 1000) {
  GramSet grams;
  for (const std::string& text : folded_texts) {
    grams.begin(GramPlace::text);
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = std::min(text.size(), at + piece);
      while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80) ++end;
      grams.add(std::string_view(text).substr(at, end - at));
      at = end;
    }
    grams.end();
  }
  std::set<std::string> terms;
  const std::string joined = grams.take();
  for (std::size_t at = 0; at < joined.size();) {
    const std::size_t end = std::min(joined.find(gram_separator, at), joined.size());
    terms.insert(joined.substr(at, end - at));
    at = end + 1;
  }
  return terms;
}

TEST(Grams, KnowWhatOccursAtTheEndOfATextToo) {
  EXPECT_THAT(terms_of({"abab"}), ElementsAre("tab", "taba", "tb", "tbab"));
  EXPECT_THAT(terms_of({"a", "bc"}), ElementsAre("ta", "tbc", "tc"));
  EXPECT_THAT(terms_of({"", "\n"}), ElementsAre("t "));
  EXPECT_THAT(terms_of({"日本語"}, 1), ElementsAre("t日本語", "t本語", "t語"));
}

TEST(Grams, AskForTheNeedle) {
  const auto ask = [](std::string_view folded, std::string_view field = {}) {
    return gram_expression({GramPlace::text, folded, field}).value_or("cannot tell");
  };
  EXPECT_EQ(ask(""), "cannot tell");
  EXPECT_EQ(ask("a"), "cannot tell");
  EXPECT_EQ(ask("ab"), R"(("tab" *) OR "s")");
  EXPECT_EQ(ask("語"), R"(("t語" *) OR "s")");
  EXPECT_EQ(ask("aaaa"), R"(("taaa") OR "s")");
  EXPECT_EQ(ask("a\"\r\n"), R"(("ta"" " AND "t""  ") OR "s")");
  EXPECT_EQ(ask("", "List-ID"), R"(("nlist-id") OR "s")");
  EXPECT_EQ(ask("a", "odd name"), "cannot tell");
}

TEST(Grams, FindEverythingThatOccurs) {
  std::mt19937 random(7);
  const std::u32string alphabet = U"ab\" *\r\n\u00e4\u0436\u8a9e\U0001f600";
  const auto text_of = [&](std::size_t length) {
    std::string out;
    for (std::size_t i = 0; i < length; ++i) {
      const char32_t c = alphabet[random() % alphabet.size()];
      if (c < 0x80) {
        out += static_cast<char>(c);
      } else if (c == U'\u00e4') {
        out += "\xc3\xa4";
      } else if (c == U'\u0436') {
        out += "\xd0\xb6";
      } else {
        out += c == U'\u8a9e' ? "\xe8\xaa\x9e" : "\xf0\x9f\x98\x80";
      }
    }
    return out;
  };
  int rejected = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string text = text_of(random() % 12);
    const auto terms = terms_of({text_of(3), text}, 1 + random() % 4);
    const std::string needle = text_of(1 + random() % 5);
    const auto expression = gram_expression({GramPlace::text, needle, {}});
    if (!expression) continue;
    const bool found = finds(*expression, terms);
    if (text.find(needle) != std::string::npos) {
      EXPECT_TRUE(found) << text << " / " << needle;
    }
    rejected += found ? 0 : 1;
  }
  EXPECT_GT(rejected, 1000);
}

TEST(Grams, GiveUpWhereThereAreTooMany) {
  std::string text;
  std::mt19937 random(1);
  for (int i = 0; i < 200'000; ++i) {
    text += static_cast<char>(0xe4 + random() % 4);
    text += static_cast<char>(0x80 + random() % 64);
    text += static_cast<char>(0x80 + random() % 64);
  }
  EXPECT_THAT(terms_of({text}), ElementsAre("s"));
}

TEST(FoldedFields, AnswerForWhatTheyKeep) {
  FoldedFields fields;
  fields.add("Subject", "a boat");
  fields.add("TO", "anna");
  fields.add("to", "ben");
  using Answer = FoldedFields::Answer;
  EXPECT_EQ(FoldedFields::contains(fields.stored(), "subject", "boat"), Answer::yes);
  EXPECT_EQ(FoldedFields::contains(fields.stored(), "subject", "ben"), Answer::no);
  EXPECT_EQ(FoldedFields::contains(fields.stored(), "To", "ben"), Answer::yes);
  EXPECT_EQ(FoldedFields::contains(fields.stored(), "Cc", ""), Answer::no);
  EXPECT_EQ(FoldedFields::contains(fields.stored(), "to", ""), Answer::yes);
  EXPECT_FALSE(FoldedFields::keeps("List-ID"));
}

TEST(FoldedFields, AnswerForAllOfThemTogether) {
  FoldedFields fields;
  fields.add("Subject", "a boat");
  fields.add("From", "rope");
  EXPECT_TRUE(FoldedFields::any_contains(fields.stored(), "boat"));
  EXPECT_TRUE(FoldedFields::any_contains(fields.stored(), "rope"));
  EXPECT_FALSE(FoldedFields::any_contains(fields.stored(), "boatrope"));
  EXPECT_FALSE(FoldedFields::any_contains(fields.stored(), "chain"));
  EXPECT_FALSE(FoldedFields::any_contains("", "boat"));
}

TEST(FoldedFields, DoNotKnowWhatIsTooLong) {
  FoldedFields fields;
  using Answer = FoldedFields::Answer;
  for (int i = 0; i < 100; ++i) fields.add("to", std::string(100, 'a'));
  fields.add("cc", std::string(3000, 'b'));
  fields.add("subject", std::string(3000, 'b'));
  EXPECT_LT(fields.stored().size(), FoldedFields::most_octets + 100);
  EXPECT_EQ(FoldedFields::contains(fields.stored(), "to", "aa"), Answer::yes);
  EXPECT_EQ(FoldedFields::contains(fields.stored(), "to", "b"), Answer::unknown);
  EXPECT_EQ(FoldedFields::contains(fields.stored(), "subject", "b"), Answer::unknown);
  EXPECT_EQ(FoldedFields::contains(fields.stored(), "from", "b"), Answer::no);
}

class SearchIndexTest : public StoreTest {
 protected:
  void SetUp() override { open_indexed(); }

  void open_indexed() {
    account.reset();
    auto opened = Account::open({.folder = folder.path() / "anna", .index_after = 0ms});
    ASSERT_TRUE(opened.has_value()) << opened.error().text();
    account = *opened;
  }

  /// Until all is indexed.
  void await_index() {
    for (;;) {
      const auto progress = read(*account, [](Reader& reader) { return reader.index_progress(); });
      if (progress.bodies == progress.total) return;
      std::this_thread::yield();
    }
  }

  std::vector<std::int64_t> candidates(GramPlace place, const std::string& needle,
                                       const std::string& field = {}) {
    const std::string folded = wire::mime::fold(needle);
    return read(*account, [&](Reader& reader) {
      std::vector<std::int64_t> found;
      if (!reader.candidates({place, folded, field},
                             [&](BodyId body) { found.push_back(body.value); }))
        found.push_back(-1);
      return found;
    });
  }

  std::string texts(BodyId body) {
    return read(*account, [body](Reader& reader) {
      return std::string(reader.folded_texts(body).value_or("none"));
    });
  }

  /// On the file, while no account has it open.
  void run_sql(const char* sql) {
    account.reset();
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((folder.path() / "anna" / "mail.db").c_str(), &database), SQLITE_OK);
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, &error), SQLITE_OK) << error;
    sqlite3_free(error);
    sqlite3_close(database);
  }
};

TEST_F(SearchIndexTest, FindsWhatArrives) {
  append("INBOX", message("The boat", "Bring a rope.\r\n"));
  append("INBOX", message("La clé", "Sous le pot.\r\n"));
  append("INBOX", message("船は七時", "鍵は三番目の植木鉢の下\r\n"));
  await_index();
  EXPECT_THAT(candidates(GramPlace::text, "ROPE"), ElementsAre(1));
  EXPECT_THAT(candidates(GramPlace::header, "rope"), IsEmpty());
  EXPECT_THAT(candidates(GramPlace::header, "CLE\xcc\x81"), ElementsAre(2));
  EXPECT_THAT(candidates(GramPlace::header, "船"), ElementsAre(3));
  EXPECT_THAT(candidates(GramPlace::text, "三番"), ElementsAre(3));
  EXPECT_THAT(candidates(GramPlace::text, "po"), ElementsAre(2));
  EXPECT_THAT(candidates(GramPlace::header, "", "Subject"), ElementsAre(1, 2, 3));
  EXPECT_THAT(candidates(GramPlace::header, "", "List-ID"), IsEmpty());
  EXPECT_THAT(candidates(GramPlace::text, "e"), ElementsAre(-1));
  const auto subject = read(*account, [](Reader& reader) {
    return std::string(reader.folded_fields(BodyId(1)).value_or("none"));
  });
  EXPECT_EQ(FoldedFields::contains(subject, "subject", "boat"), FoldedFields::Answer::yes);
}

TEST_F(SearchIndexTest, GoesOnWhereItStood) {
  append("INBOX", message("one", "rope\r\n"));
  await_index();
  open();  // without an indexer
  append("INBOX", message("two", "rope\r\n"));
  EXPECT_THAT(candidates(GramPlace::text, "rope"), ElementsAre(1));
  EXPECT_EQ(read(*account, [](Reader& reader) { return reader.indexed(); }), BodyId(1));
  open_indexed();
  await_index();
  EXPECT_THAT(candidates(GramPlace::text, "rope"), ElementsAre(1, 2));
}

/// Fills the index of the account in a process that is killed once a part of it is done.
void index_until_killed(const std::filesystem::path& home) {
  const auto opened = Account::open({.folder = home, .index_after = 0ms});
  while (read(**opened, [](Reader& reader) { return reader.indexed(); }) == BodyId(0))
    std::this_thread::yield();
  ::kill(::getpid(), SIGKILL);
}

TEST_F(SearchIndexTest, IsWholeAsFarAsItReachesAfterACrash) {
  constexpr std::int64_t count = 400;
  open();  // without an indexer
  std::mt19937 random(5);
  write(*account, [&](Transaction& transaction) {
    for (std::int64_t i = 0; i < count; ++i) {
      std::string text = "rope\r\n";
      for (int at = 0; at < 1500; ++at) {
        text += "\xe5";
        text += static_cast<char>(0x80 + random() % 64);
        text += static_cast<char>(0x80 + random() % 64);
      }
      NewBody arrived = body(message("number " + std::to_string(i), text));
      static_cast<void>(transaction.append(id("INBOX"), arrived, {}, {}));
    }
  });
  account.reset();
  const pid_t child = ::fork();
  if (child == 0) index_until_killed(folder.path() / "anna");
  ::waitpid(child, nullptr, 0);
  open();
  const BodyId reached = read(*account, [](Reader& reader) { return reader.indexed(); });
  EXPECT_GT(reached, BodyId(0));
  const auto found = candidates(GramPlace::text, "rope");
  EXPECT_EQ(static_cast<std::int64_t>(found.size()), reached.value);
  EXPECT_EQ(found.back(), reached.value);
  open_indexed();
  await_index();
  EXPECT_EQ(candidates(GramPlace::text, "rope").size(), static_cast<std::size_t>(count));
}

TEST_F(SearchIndexTest, OfWhatIsGoneNothingKeptIsLeft) {
  append("INBOX", message("one"));
  append("INBOX", message("two"));
  await_index();
  remove("INBOX", uids({1}));
  any_commit();
  any_commit();
  EXPECT_FALSE(body_exists(BodyId(1)));
  EXPECT_FALSE(
      read(*account, [](Reader& reader) { return reader.folded_fields(BodyId(1)).has_value(); }));
  EXPECT_EQ(texts(BodyId(1)), "none");
  EXPECT_NE(texts(BodyId(2)), "none");
  EXPECT_TRUE(
      read(*account, [](Reader& reader) { return reader.folded_fields(BodyId(2)).has_value(); }));
}

TEST_F(SearchIndexTest, ADatabaseWithoutIndexIsIndexedBehindItsOpening) {
  open();
  append("INBOX", message("one", "rope\r\n"));
  run_sql(back_to_schema(1).c_str());
  open_indexed();
  await_index();
  EXPECT_THAT(candidates(GramPlace::text, "rope"), ElementsAre(1));
}

TEST_F(SearchIndexTest, AnIndexWithoutTextsAnswersUntilItIsMadeAnew) {
  append("INBOX", message("one", "ROPE\r\n"));
  await_index();
  run_sql(back_to_schema(6).c_str());
  open();  // without an indexer
  EXPECT_THAT(candidates(GramPlace::text, "rope"), ElementsAre(1));
  EXPECT_EQ(texts(BodyId(1)), "none");
  open_indexed();
  while (texts(BodyId(1)) == "none") std::this_thread::yield();
  EXPECT_EQ(texts(BodyId(1)), "from: a@example.org\nsubject: one\n\xffrope\n");
  EXPECT_THAT(candidates(GramPlace::text, "rope"), ElementsAre(1));
}

TEST_F(SearchIndexTest, TextsOfOtherFoldingAreReplaced) {
  append("INBOX", message("one", "rope\r\n"));
  append("INBOX", message(std::string(2 * FoldedTexts::most_octets, 'x')));
  await_index();
  EXPECT_EQ(texts(BodyId(2)), "none");  // it is too long
  const std::string kept = texts(BodyId(1));
  run_sql(
      "UPDATE search_index SET version = '0/0'; DELETE FROM search_text WHERE body = 2;"
      "INSERT INTO search_text SELECT 2, texts FROM search_text;"
      "UPDATE search_text SET texts = x'01ff' WHERE body = 1");
  open();
  EXPECT_EQ(texts(BodyId(2)), "none");
  open_indexed();
  await_index();
  EXPECT_EQ(texts(BodyId(1)), kept);
  EXPECT_EQ(texts(BodyId(2)), "none");
}

TEST_F(SearchIndexTest, AnIndexOfOtherFoldingIsMadeAnew) {
  append("INBOX", message("one", "rope\r\n"));
  await_index();
  run_sql("UPDATE search_index SET version = '0/0'");
  open();
  EXPECT_EQ(read(*account, [](Reader& reader) { return reader.indexed(); }), BodyId(0));
  EXPECT_THAT(candidates(GramPlace::text, "rope"), ElementsAre(-1));
  open_indexed();
  await_index();
  EXPECT_THAT(candidates(GramPlace::text, "rope"), ElementsAre(1));
}

/// What verifying says of the account while nobody has it open.
std::vector<std::string> findings(const std::filesystem::path& file) {
  std::vector<std::string> result;
  const auto verified = verify(file, [](const Progress&) {});
  EXPECT_TRUE(verified.has_value());
  for (const Finding& finding : verified.value_or(Verified()).findings)
    result.push_back(finding.mailbox + " " + std::to_string(finding.uid.value) + ": " +
                     finding.what);
  return result;
}

TEST_F(SearchIndexTest, VerifyingLooksAtWhatIsInIt) {
  const std::filesystem::path file = folder.path() / "anna" / "mail.db";
  append("INBOX", message("one", "rope\r\n"));
  append("INBOX", message("two", "chain\r\n"));
  await_index();
  open();
  append("INBOX", message("three", "wire\r\n"));
  EXPECT_THAT(findings(file), IsEmpty());
  run_sql(
      "CREATE TABLE was AS SELECT * FROM search_fields;"
      "UPDATE search_fields SET fields = x'00' WHERE body = 2");
  EXPECT_THAT(findings(file), ElementsAre(testing::StartsWith("INBOX 2: the fields")));
  run_sql("DELETE FROM search_fields WHERE body = 2");
  EXPECT_THAT(findings(file), ElementsAre(testing::StartsWith("INBOX 2: the fields")));
  run_sql("DELETE FROM search_fields; INSERT INTO search_fields SELECT * FROM was; DROP TABLE was");
  EXPECT_THAT(findings(file), IsEmpty());
  run_sql(
      "CREATE TABLE were AS SELECT * FROM search_text;"
      "UPDATE search_text SET texts = (SELECT texts FROM were WHERE body = 1) WHERE body = 2");
  EXPECT_THAT(findings(file), ElementsAre(testing::StartsWith("INBOX 2: the texts")));
  run_sql("UPDATE search_text SET texts = x'ffff' WHERE body = 2");
  EXPECT_THAT(findings(file), ElementsAre(testing::StartsWith("INBOX 2: the texts")));
  run_sql("DELETE FROM search_text; INSERT INTO search_text SELECT * FROM were; DROP TABLE were");
  EXPECT_THAT(findings(file), IsEmpty());
  run_sql("DELETE FROM search_1_data WHERE id > 10");  // its terms are gone
  EXPECT_FALSE(findings(file).empty());
}

/// Nothing that a search for the sampled words would meet.
TEST_F(SearchIndexTest, VerifyingChecksTheIndexInItself) {
  const std::filesystem::path file = folder.path() / "anna" / "mail.db";
  std::string words;
  for (int i = 0; i < 20'000; ++i) words += std::to_string(i * 7919 % 100'003) + " ";
  append("INBOX", message("many", words));
  append("INBOX", message("one", "rope\r\n"));
  await_index();
  open();
  EXPECT_THAT(findings(file), IsEmpty());
  run_sql(
      "UPDATE search_1_data SET block = CAST(substr(block, 1, length(block) - 300) || "
      "zeroblob(20) || substr(block, length(block) - 279) AS BLOB) "
      "WHERE id = (SELECT max(id) - 1 FROM search_1_data WHERE length(block) > 1000)");
  EXPECT_THAT(findings(file), testing::Contains(testing::HasSubstr("the search index cannot")));
}

TEST_F(SearchIndexTest, WhenMostOfItIsDeadItIsMadeAnew) {
  append("INBOX", message("one", "rope\r\n"));
  await_index();
  run_sql("UPDATE search_index SET dead = 1000000");
  open_indexed();
  // The old one answers all the while.
  for (bool old = true; old; std::this_thread::yield()) {
    EXPECT_THAT(candidates(GramPlace::text, "rope"), ElementsAre(1));
    account.reset();
    sqlite3* database = nullptr;
    sqlite3_open((folder.path() / "anna" / "mail.db").c_str(), &database);
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(database, "SELECT min(dead) FROM search_index", -1, &statement, nullptr);
    sqlite3_step(statement);
    old = sqlite3_column_int64(statement, 0) != 0;
    sqlite3_finalize(statement);
    sqlite3_close(database);
    open_indexed();
  }
  EXPECT_THAT(candidates(GramPlace::text, "rope"), ElementsAre(1));
}

}  // namespace
}  // namespace postern::store
