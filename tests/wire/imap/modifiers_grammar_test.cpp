#include <gtest/gtest.h>

#include "sync/wire/imap/parse_command.h"

namespace postern::wire::imap {
namespace {

RawCommand raw(std::string_view text) {
  return RawCommand{{std::string(text)}, {}, {}};
}

template <class T>
T parsed(std::string_view text) {
  auto command = parse_command(raw(text));
  EXPECT_TRUE(command) << text << ": " << command.error().text;
  if (!command || !std::holds_alternative<T>(command->body))
    throw std::runtime_error("another command: " + std::string(text));
  return std::get<T>(std::move(command->body));
}

/// RFC 7162 section 3.2.5, its examples.
TEST(ModifiersGrammar, SelectTakesWhatAProgramKnows) {
  using command::Select;
  const auto plain = parsed<Select>("A02 SELECT INBOX (QRESYNC (67890007 20050715194045000))");
  ASSERT_TRUE(plain.known);
  EXPECT_EQ(plain.known->uid_validity, 67890007U);
  EXPECT_EQ(plain.known->mod_seq, ModSeq(20050715194045000));
  EXPECT_FALSE(plain.known->uids);
  EXPECT_FALSE(plain.known->match);
  const auto uids =
      parsed<Select>("A02 SELECT INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541))");
  ASSERT_TRUE(uids.known && uids.known->uids);
  EXPECT_EQ(format(*uids.known->uids), "41,43:211,214:541");
  const auto match = parsed<Select>(
      "B04 SELECT INBOX (CONDSTORE QRESYNC (67890007 90060115194045000 1:29997 "
      "(5000,7500,9000,9990:9999 15000,22500,27000,29970,29973,29976,29979,29982,29985,29988,29991,"
      "29994,29997)))");
  EXPECT_EQ(match.cond_store, command::Opening::CondStore::enabled);
  ASSERT_TRUE(match.known && match.known->match);
  EXPECT_EQ(format(match.known->match->first), "5000,7500,9000,9990:9999");
  const auto only_match = parsed<command::Examine>("a EXAMINE x (QRESYNC (1 2 (1:3 7,8,20)))");
  ASSERT_TRUE(only_match.known && only_match.known->match);
  EXPECT_FALSE(only_match.known->uids);
  EXPECT_EQ(parsed<Select>("a SELECT x").cond_store, command::Opening::CondStore::untouched);
}

TEST(ModifiersGrammar, FetchAndStoreTakeModSeqs) {
  const auto fetch = parsed<command::Fetch>(
      "s100 UID FETCH 1:* (FLAGS) (VANISHED CHANGEDSINCE 12345 PARTIAL 1:10)");
  EXPECT_EQ(fetch.changed_since, ModSeq(12345));
  EXPECT_EQ(fetch.vanished, command::Fetch::Vanished::told);
  EXPECT_EQ(fetch.partial, (PartialRange{1, 10}));
  const auto item = parsed<command::Fetch>("a FETCH 1 MODSEQ").items.front();
  EXPECT_EQ(item.kind, FetchItem::Kind::mod_seq);
  EXPECT_TRUE(item.in_snapshot());
  EXPECT_EQ(format(item), "MODSEQ");
  const auto store = parsed<command::Store>(
      "a103 UID STORE 6,4,8 (UNCHANGEDSINCE 9223372036854775807) +FLAGS.SILENT (\\Deleted)");
  EXPECT_EQ(store.unchanged_since, ModSeq(9223372036854775807));
  EXPECT_EQ(store.answer, command::Store::Answer::silent);
  EXPECT_FALSE(parsed<command::Store>("a STORE 1 FLAGS ()").unchanged_since);
}

TEST(ModifiersGrammar, RefusesWhatHasNoSense) {
  for (const char* text : {"a SELECT x ()",
                           "a SELECT x (QRESYNC)",
                           "a SELECT x (QRESYNC (1))",
                           "a SELECT x (QRESYNC (1 2 ))",
                           "a SELECT x (QRESYNC (1 2 $))",
                           "a SELECT x (QRESYNC (1 2 3:* (1 1)))",
                           "a SELECT x (QRESYNC (1 2 (1 1:2)))",
                           "a SELECT x (QRESYNC (1 2 (* *)))",
                           "a SELECT x (QRESYNC (1 2) QRESYNC (1 2))",
                           "a SELECT x (QRESYNC (4294967296 2))",
                           "a SELECT x (CONDSTORE",
                           "a SELECT x(CONDSTORE)",
                           "a FETCH 1 FLAGS (VANISHED)",
                           "a UID FETCH 1 FLAGS (VANISHED)",
                           "a FETCH 1 FLAGS ()",
                           "a FETCH 1 FLAGS (CHANGEDSINCE 9223372036854775808)",
                           "a FETCH 1 FLAGS (CHANGEDSINCE -1)",
                           "a FETCH 1 FLAGS (PARTIAL 1:2)",
                           "a STORE 1 (UNCHANGEDSINCE 1 UNCHANGEDSINCE 2) FLAGS ()",
                           "a STORE 1 () FLAGS ()",
                           "a STORE 1 (UNCHANGEDSINCE 1)FLAGS ()"})
    EXPECT_FALSE(parse_command(raw(text))) << text;
}

}  // namespace
}  // namespace postern::wire::imap
