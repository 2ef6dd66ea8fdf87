// When the log is moved into the file: nothing else is written meanwhile.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "sync/store/database.h"
#include "tests/store/store_fixture.h"

namespace postern::store {
namespace {

using Checkpoint = Database::Checkpoint;

constexpr int small_log = 1000;  // pages
constexpr int long_log = 4000;

class CheckpointTest : public testing::Test {
 protected:
  CheckpointTest() : database(made(folder.path() / "test.sqlite")) {
    database.run("PRAGMA page_size = 16384");
    database.run("PRAGMA journal_mode = WAL");
    database.configure(Database::Access::write);
    database.run("CREATE TABLE item(id INTEGER PRIMARY KEY, data BLOB NOT NULL)");
    database.checkpoint(Checkpoint::passive);
  }

  /// One transaction: `count` rows from `first` on, a page each.
  void put(std::int64_t first, std::int64_t count) {
    database.run("BEGIN IMMEDIATE");
    Statement insert(database, "INSERT OR REPLACE INTO item(id, data) VALUES (?, ?)");
    const std::vector<std::uint8_t> page(16'000, static_cast<std::uint8_t>(first));
    for (std::int64_t id = first; id < first + count; ++id)
      insert(id, std::span<const std::uint8_t>(page)).finish();
    database.run("COMMIT");
  }

  /// How long the log becomes where each of `transactions` is followed by a checkpoint if one is
  /// due.
  template <class Transaction>
  int longest_log(int transactions, Transaction transaction) {
    int longest = 0;
    for (int i = 0; i < transactions; ++i) {
      transaction(i);
      longest = std::max(longest, database.log_pages());
      database.checkpoint(Checkpoint::when_due);
    }
    return longest;
  }

  TemporaryFolder folder{quick_disk()};
  Database database;

 private:
  static std::filesystem::path made(std::filesystem::path file) {
    std::ofstream(file).close();
    return file;
  }
};

TEST_F(CheckpointTest, IsDueSoonWhereTheLogHoldsNewPages) {
  const int longest = longest_log(60, [this](int i) { put(1 + 100 * i, 100); });
  EXPECT_GT(longest, small_log);
  EXPECT_LT(longest, small_log + 300);
}

TEST_F(CheckpointTest, WaitsWherePagesChangeAgainAndAgain) {
  put(1, 200);
  database.checkpoint(Checkpoint::passive);
  const int longest = longest_log(30, [this](int) { put(1, 200); });
  EXPECT_GT(longest, long_log);
  EXPECT_LT(longest, long_log + 500);
}

TEST_F(CheckpointTest, IsNotDueAfterALittle) {
  put(1, 50);
  const int before = database.log_pages();
  database.checkpoint(Checkpoint::when_due);
  EXPECT_EQ(database.log_pages(), before);
  EXPECT_GT(before, 0);
}

}  // namespace
}  // namespace postern::store
