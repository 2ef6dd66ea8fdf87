#include <chrono>
#include <thread>

#include <sqlite3.h>

#include "tests/store/earlier_schema.h"
#include "tests/store/store_fixture.h"

namespace postern::store {
namespace {

class SortKeysTest : public StoreTest {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return folder.path() / "anna" / "mail.db"; }

  void run_sql(const char* sql) const {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    sqlite3_close(handle);
  }
  [[nodiscard]] int number(const char* sql) const {
    sqlite3* handle = nullptr;
    sqlite3_stmt* statement = nullptr;
    int result = -1;
    if (sqlite3_open(file().c_str(), &handle) == SQLITE_OK &&
        sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
      result = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return result;
  }
  [[nodiscard]] std::vector<BodyId> bodies() const {
    std::vector<BodyId> result;
    mailbox("INBOX")->latest()->for_each(
        [&](SeqNum, const Entry& entry) { result.push_back(entry.body); });
    return result;
  }
  [[nodiscard]] std::vector<std::string> subjects() const {
    return read(*account, [wanted = bodies()](Reader& reader) {
      std::vector<std::string> result;
      reader.sort_keys(wanted, [&](BodyId, const wire::mime::SortKeys& keys) {
        result.push_back(keys.subject);
      });
      return result;
    });
  }
};

TEST_F(SortKeysTest, AreStoredWithTheBodyAndGoWithIt) {
  for (const char* subject : {"one", "Re: two", "three"})
    ASSERT_TRUE(append("INBOX", message(subject)));
  EXPECT_EQ(subjects().size(), 3U);
  EXPECT_EQ(subjects()[1], wire::mime::sort_keys("Subject: two\r\n\r\n").subject);
  remove("INBOX", UidSet::all());
  account->close();
  EXPECT_EQ(number("SELECT count(*) FROM sort_key"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM body"), 0);
}

/// A file of an earlier schema: keys are there when asked for, and are filled in.
TEST_F(SortKeysTest, OfAnEarlierSchemaAreFilledIn) {
  constexpr int count = 200;
  for (int i = 0; i < count; ++i)
    ASSERT_TRUE(append("INBOX", message("subject " + std::to_string(i))));
  const std::vector<std::string> before = subjects();
  account->close();
  run_sql(back_to_schema(2).c_str());
  open();
  EXPECT_EQ(subjects(), before);
  ASSERT_TRUE(append("INBOX", message("new")));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (number("SELECT count(*) FROM sort_key_lacking") != 0 &&
         std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_EQ(number("SELECT count(*) FROM sort_key"), count + 1);
  EXPECT_EQ(subjects().size(), before.size() + 1);
}

TEST_F(SortKeysTest, OfADamagedBodyAreNone) {
  ASSERT_TRUE(append("INBOX", message("one")));
  ASSERT_TRUE(append("INBOX", message("two")));
  account->close();
  run_sql(
      "UPDATE body_chunk SET data = x'00' WHERE id < (SELECT max(id) FROM body) << 20;"
      "UPDATE sort_key SET keys = x'ff' WHERE body = 2; DELETE FROM sort_key WHERE body = 1");
  open();
  EXPECT_EQ(subjects(), (std::vector<std::string>{"", ""}));
}

TEST_F(SortKeysTest, AreAtHandOnceLoaded) {
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(append("INBOX", "Subject: s\r\nMessage-ID: <" + std::to_string(i) +
                                    "@x>\r\nReferences: <0@x> <r@x>\r\n\r\n"));
  KeyCaches caches;
  const auto cache = caches.current();
  const auto wanted = bodies();
  EXPECT_EQ(cache->lacking(wanted, KeyCache::Wanted::keys), wanted);
  read(*account, [&](Reader& reader) { cache->load(reader, wanted, KeyCache::Wanted::keys); });
  EXPECT_TRUE(cache->lacking(wanted, KeyCache::Wanted::keys).empty());
  EXPECT_TRUE(cache->lacking(wanted, KeyCache::Wanted::dates).empty());
  EXPECT_EQ(caches.current(), cache);
  cache->look([&](const KeyCache::Content& content) {
    const auto& first = content.keys.at(wanted[0]);
    const auto& last = content.keys.at(wanted[2]);
    EXPECT_EQ(first.subject, last.subject);
    EXPECT_NE(first.id, last.id);
    ASSERT_EQ(last.references, 2U);
    EXPECT_EQ(content.references[last.first_reference], first.id);
    EXPECT_EQ(content.ids.text(first.id), "0@x");
  });
}

TEST_F(SortKeysTest, OnlyDatesAreAtHandWhereOnlyTheyWereWanted) {
  for (const char* date : {"Date: 1 Feb 2024 00:00:00 +0000\r\n", "", "Date: 2 Feb 2024\r\n"})
    ASSERT_TRUE(append("INBOX", std::string(date) + "Subject: s\r\n\r\n"));
  const auto wanted = bodies();
  account->close();
  run_sql("DELETE FROM sort_key WHERE body = 3");  // it has to be read in its header
  open();
  KeyCache cache;
  read(*account, [&](Reader& reader) { cache.load(reader, wanted, KeyCache::Wanted::dates); });
  EXPECT_TRUE(cache.lacking(wanted, KeyCache::Wanted::dates).empty());
  EXPECT_EQ(cache.lacking(wanted, KeyCache::Wanted::keys), (std::vector{wanted[0], wanted[1]}));
  const auto expect_dates = [&] {
    cache.look([&](const KeyCache::Content& content) {
      EXPECT_EQ(content.sent(wanted[0]), 1'706'745'600);
      EXPECT_EQ(content.sent(wanted[1]), std::nullopt);
      EXPECT_EQ(content.sent(wanted[2]), 1'706'832'000);
    });
  };
  expect_dates();
  read(*account, [&](Reader& reader) { cache.load(reader, wanted, KeyCache::Wanted::keys); });
  EXPECT_TRUE(cache.lacking(wanted, KeyCache::Wanted::keys).empty());
  expect_dates();
}

TEST(TextNumbers, AreEqualForEqualTextsOnly) {
  TextNumbers numbers;
  EXPECT_EQ(numbers.number(""), 0U);
  std::vector<std::uint32_t> given;
  for (int i = 0; i < 10'000; ++i) given.push_back(numbers.number(std::to_string(i)));
  const std::string_view kept = numbers.text(given[7]);
  EXPECT_EQ(numbers.number(std::string(100'000, 'x')), 10'001U);
  EXPECT_EQ(numbers.end(), 10'002U);
  for (int i = 0; i < 10'000; ++i) {
    const auto at = static_cast<std::size_t>(i);
    EXPECT_EQ(numbers.number(std::to_string(i)), given[at]);
    EXPECT_EQ(numbers.text(given[at]), std::to_string(i));
  }
  EXPECT_EQ(kept.data(), numbers.text(given[7]).data());
}

TEST(TextNumbers, AreRankedOctetByOctet) {
  using namespace std::string_view_literals;
  const std::string_view rising[] = {"",          "a",         "a\0"sv,    "a\x01", "b",
                                     "12345678a", "12345678z", "12345678", "z",     "\xc3\xa4"};
  std::vector<std::string_view> expected(std::begin(rising), std::end(rising));
  std::ranges::sort(expected);
  TextNumbers numbers;
  for (std::size_t added = 0; added < expected.size(); ++added) {
    static_cast<void>(numbers.number(rising[added]));
    std::vector<std::string_view> ranked(numbers.end());
    for (std::uint32_t number = 0; number < numbers.end(); ++number)
      ranked[numbers.ranks()[number]] = numbers.text(number);
    EXPECT_TRUE(std::ranges::is_sorted(ranked)) << added;
    EXPECT_EQ(ranked.front(), "");
  }
  EXPECT_EQ(numbers.ranks()[numbers.number("a")] + 1, numbers.ranks()[numbers.number("a\0"sv)]);
}

}  // namespace
}  // namespace postern::store
