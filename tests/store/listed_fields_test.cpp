#include <algorithm>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "sync/wire/mime/listed_fields.h"
#include "tests/store/earlier_schema.h"
#include "tests/store/store_fixture.h"

namespace postern::store {
namespace {

class ListedFieldsTest : public StoreTest {
 protected:
  void run_sql(const char* sql) const {
    sqlite3* handle = nullptr;
    const auto file = folder.path() / "anna" / "mail.db";
    ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    sqlite3_close(handle);
  }
  /// Of the messages of INBOX; "none" where nothing is stored.
  [[nodiscard]] std::vector<std::string> stored() const {
    std::vector<BodyId> bodies;
    mailbox("INBOX")->latest()->for_each(
        [&](SeqNum, const Entry& entry) { bodies.push_back(entry.body); });
    return read(*account, [bodies](Reader& reader) {
      std::vector<std::string> found;
      for (const BodyId body : bodies)
        found.emplace_back(reader.listed_fields(body).value_or("none"));
      return found;
    });
  }
  static std::string header(int number) {
    return "Subject: " + std::to_string(number) + "\r\nX-Other: no\r\nTo: b\r\n\r\n";
  }
};

TEST_F(ListedFieldsTest, ComeAndGoWithTheBody) {
  ASSERT_TRUE(append("INBOX", header(1) + "text"));
  ASSERT_TRUE(append("INBOX", header(2) + std::string(50'000, 'x')));
  EXPECT_EQ(stored(), (std::vector{wire::mime::listed::fields(header(1)),
                                   wire::mime::listed::fields(header(2))}));
  remove("INBOX", UidSet::all());
  account->close();
  run_sql(
      "CREATE TABLE none(n CHECK (n = 0)); INSERT INTO none SELECT count(*) FROM listed_fields");
}

TEST_F(ListedFieldsTest, OfAnEarlierSchemaAreFilledIn) {
  constexpr int count = 150;
  for (int i = 0; i < count; ++i) ASSERT_TRUE(append("INBOX", header(i)));
  const auto before = stored();
  account->close();
  run_sql(back_to_schema(9).c_str());
  open();
  ASSERT_TRUE(append("INBOX", header(count)));
  for (bool filled = false; !filled;) {
    const auto now = stored();
    filled = std::ranges::count(now, "none") == 0;
    if (filled) {
      EXPECT_EQ(std::vector(now.begin(), now.end() - 1), before);
    }
  }
}

TEST_F(ListedFieldsTest, AHeaderIsReadAtOnce) {
  const std::string text = "text\r\n" + std::string(20'000, 'x');
  const std::string far = "Subject: " + std::string(300'000, 's') + "\r\n\r\n";
  for (const std::string& message : {header(1), header(1) + "text", header(1) + text, far + text})
    ASSERT_TRUE(append("INBOX", message));
  const auto read_back = [&](int body, std::uint64_t most) {
    return read(*account, [=](Reader& reader) {
      std::string out = "before ";
      const auto size = reader.read_header(BodyId(body), most, out);
      return std::pair(size, out);
    });
  };
  for (const int body : {1, 2, 3}) {
    EXPECT_EQ(read_back(body, 1000), std::pair(header(1).size(), "before " + header(1)));
    EXPECT_EQ(read_back(body, 9), std::pair(header(1).size(), std::string("before Subject: ")));
  }
  EXPECT_EQ(read_back(4, 1UL << 20), std::pair(far.size(), "before " + far));
  EXPECT_EQ(read_back(4, 200'000), std::pair(far.size(), "before " + far.substr(0, 200'000)));
  EXPECT_THROW(read_back(5, 9), StoreFailure);
}

}  // namespace
}  // namespace postern::store
