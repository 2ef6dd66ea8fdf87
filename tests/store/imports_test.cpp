#include <cstdint>
#include <string>

#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <sqlite3.h>

#include "sync/store/schema.h"
#include "sync/store/tables.h"
#include "sync/store/write_transaction.h"
#include "tests/store/store_fixture.h"

namespace postern::store {
namespace {

const std::string equal_octets = message("equal");

ImportKey key_of(const std::string& octets, std::uint32_t occurrence) {
  ImportKey key{.identity = {}, .occurrence = occurrence};
  SHA256(reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size(), key.identity.data());
  return key;
}

class ImportsTest : public StoreTest {
 protected:
  ImportsTest() : StoreTest(quick_disk()) {}

  struct Counts {
    int added = 0;
    int known = 0;
    int present = 0;
    friend bool operator==(const Counts&, const Counts&) = default;
  };
  enum class End { kept, rolled_back };
  /// Equal messages with these occurrences into the INBOX, in one write.
  Counts import(std::uint32_t first, std::uint32_t last, End end = End::kept) {
    Counts counts;
    (void)write(*account, [&](Transaction& transaction) -> Result<void> {
      for (std::uint32_t number = first; number <= last; ++number) {
        NewBody arrived = body(equal_octets);
        const auto outcome =
            transaction.import(id("INBOX"), arrived, {}, {}, key_of(equal_octets, number))->what;
        counts.added += outcome == Imported::added ? 1 : 0;
        counts.known += outcome == Imported::known ? 1 : 0;
        counts.present += outcome == Imported::present ? 1 : 0;
      }
      if (end == End::rolled_back) return std::unexpected(Refusal::cannot);
      return {};
    });
    return counts;
  }
  [[nodiscard]] std::size_t there() const { return mailbox("INBOX")->latest()->size(); }
};

TEST_F(ImportsTest, CountManyEqualMessagesRightWhateverHappensBetween) {
  EXPECT_EQ(import(1, 200), (Counts{200, 0, 0}));
  EXPECT_EQ(import(1, 200), (Counts{0, 200, 0}));
  // What was rolled back is not there.
  EXPECT_EQ(import(201, 400, End::rolled_back), (Counts{200, 0, 0}));
  EXPECT_EQ(import(201, 300), (Counts{100, 0, 0}));
  EXPECT_EQ(there(), 300U);
  // From elsewhere.
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(append("INBOX", equal_octets));
  EXPECT_EQ(import(301, 310), (Counts{7, 0, 3}));
  EXPECT_EQ(there(), 310U);
  remove("INBOX", uids({1, 2, 3, 4, 5}));
  EXPECT_EQ(import(306, 320), (Counts{10, 5, 0}));
  EXPECT_EQ(there(), 315U);
  // Copies count, and what moved away does not.
  write(*account, [&](Transaction& transaction) {
    return transaction.copy(id("INBOX"), uids({10, 11}), id("INBOX"));
  });
  EXPECT_EQ(import(321, 322), (Counts{2, 0, 0}));
  write(*account, [&](Transaction& transaction) {
    return transaction.move(id("INBOX"), UidSet::all(), id("Archive"));
  });
  EXPECT_EQ(import(323, 325), (Counts{3, 0, 0}));
  EXPECT_EQ(there(), 3U);
}

TEST_F(ImportsTest, CostTheSameHoweverManyEqualOnesAreThere) {
  const auto file = folder.path() / "costs.db";
  Tables tables(open_for_writing(file, Missing::create));
  LiveMailboxes live;
  const MailboxId inbox = tables.mailboxes.find("INBOX")->info.id;
  std::int64_t steps = 0;
  sqlite3_progress_handler(
      tables.database->handle(), 1,
      [](void* count) {
        ++*static_cast<std::int64_t*>(count);
        return 0;
      },
      &steps);
  std::uint32_t number = 0;
  const auto cost_of_next = [&](int messages) {
    steps = 0;
    WriteTransaction transaction(tables, live);
    tables.database->run("BEGIN IMMEDIATE");
    transaction.begin();
    for (int i = 0; i < messages; ++i) {
      NewBody arrived = body(equal_octets);
      EXPECT_EQ(transaction.import(inbox, arrived, {}, {}, key_of(equal_octets, ++number))->what,
                Imported::added);
    }
    tables.mailboxes.flush();
    tables.database->run("COMMIT");
    tables.undo.forget();
    return steps;
  };
  cost_of_next(200);
  const std::int64_t early = cost_of_next(200);
  for (int batch = 0; batch < 8; ++batch) cost_of_next(200);
  EXPECT_LT(cost_of_next(200), 2 * early);
}

}  // namespace
}  // namespace postern::store
