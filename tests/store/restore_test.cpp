// What mail programs see of an account that was put back from a backup (no-loss R9).

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <sys/stat.h>

#include "sync/store/generation.h"
#include "sync/store/schema.h"
#include "tests/store/store_fixture.h"

namespace postern::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* key = "pop3://anna@pop.example.net:995";

class Restore : public StoreTest {
 protected:
  void SetUp() override {}  // opened when the test is ready

  void start() {
    account.reset();
    auto opened = Account::open({.folder = home(), .generation_age = age});
    ASSERT_TRUE(opened.has_value()) << opened.error().text();
    account = *opened;
  }
  [[nodiscard]] fs::path home() const { return folder.path() / "anna"; }
  [[nodiscard]] fs::path backup() const { return folder.path() / "backup"; }
  [[nodiscard]] std::map<std::string, std::uint32_t> validities() const {
    std::map<std::string, std::uint32_t> found;
    for (const MailboxInfo& one : account->tree()->mailboxes)
      found[one.name] = one.uid_validity.value;
    return found;
  }
  /// No mailbox has what it or another one had.
  static void expect_higher(const std::map<std::string, std::uint32_t>& after,
                            const std::map<std::string, std::uint32_t>& before) {
    std::set<std::uint32_t> distinct;
    std::uint32_t highest = 0;
    for (const auto& [name, validity] : before) highest = std::max(highest, validity);
    for (const auto& [name, validity] : after) {
      EXPECT_GT(validity, highest) << name;
      EXPECT_TRUE(distinct.insert(validity).second) << name;
    }
  }
  /// Into files that are there already, with their times: as `cp -a` does.
  static void copy_into(const fs::path& from, const fs::path& to) {
    std::ostringstream octets;
    octets << std::ifstream(from, std::ios::binary).rdbuf();
    std::ofstream(to, std::ios::binary | std::ios::trunc) << octets.str();
    fs::last_write_time(to, fs::last_write_time(from));
  }

  std::chrono::steady_clock::duration age = std::chrono::minutes(10);
};

TEST_F(Restore, IsNotWhatAnOrderlyLifeLooksLike) {  // I5
  start();
  const auto before = validities();
  for (int restarts = 0; restarts < 3; ++restarts) {
    ASSERT_TRUE(append("INBOX", message("one")).has_value());
    start();
    EXPECT_EQ(validities(), before);
  }
}

TEST_F(Restore, OfAnAccountThatWasNotRunningChangesUidValidities) {  // J7
  start();
  ASSERT_TRUE(append("INBOX", message("one")).has_value());
  account.reset();
  fs::copy(home(), backup(), fs::copy_options::recursive);
  start();
  const auto before = validities();
  const auto lost = append("INBOX", message("two"));
  account.reset();
  copy_into(backup() / "mail.db", home() / "mail.db");
  start();
  expect_higher(validities(), before);
  EXPECT_EQ(append("INBOX", message("three"))->uid, lost->uid);  // it would be taken for "two"
}

TEST_F(Restore, OfTheWholeFolderChangesUidValidities) {  // J7
  start();
  account.reset();
  fs::copy(home(), backup(), fs::copy_options::recursive);
  start();
  const auto before = validities();
  ASSERT_TRUE(append("INBOX", message("one")).has_value());
  account.reset();
  for (const char* name : {"mail.db", "generation"}) copy_into(backup() / name, home() / name);
  start();
  expect_higher(validities(), before);
}

TEST_F(Restore, OfABackupOfThisVeryRunChangesUidValidities) {  // J7
  age = {};
  start();
  const auto before = validities();
  any_commit();
  fs::create_directories(backup());
  for (const char* name : {"mail.db", "mail.db-wal"}) fs::copy(home() / name, backup() / name);
  ASSERT_TRUE(append("INBOX", message("one")).has_value());
  account.reset();
  for (const char* name : {"mail.db", "mail.db-wal"}) copy_into(backup() / name, home() / name);
  start();
  EXPECT_EQ(mailbox("INBOX")->latest()->size(), 0U);
  expect_higher(validities(), before);
}

TEST_F(Restore, WithoutTheFileOfTheGenerationChangesUidValidities) {
  start();
  const auto before = validities();
  account.reset();
  fs::remove(home() / "generation");
  start();
  expect_higher(validities(), before);
}

TEST_F(Restore, LetsNothingBeDeletedUntilASyncWasCompleted) {  // J7
  start();
  write(*account, [](Transaction& t) {
    SourceRecord record;
    record.full_sync = true;
    record.listed_at = record.listed_before = wall_now();
    t.set_source_record(t.source(key, true), record);
  });
  account.reset();
  fs::remove(home() / "generation");
  start();
  EXPECT_EQ(read(*account, [](Reader& reader) { return reader.source_record(key); }),
            SourceRecord());
}

TEST_F(Restore, HappensOnce) {
  start();
  account.reset();
  fs::remove(home() / "generation");
  start();
  const auto before = validities();
  start();
  EXPECT_EQ(validities(), before);
}

/// What a crash leaves between the steps of Generation::renew().
TEST_F(Restore, IsNotWhatACrashLooksLike) {
  start();
  account.reset();
  const auto database = open_for_writing(home() / "mail.db", Missing::fail);
  const Generation generation(home() / "generation");
  using Origin = Generation::Origin;
  EXPECT_EQ(generation.origin(*database), Origin::continued);
  database->run("UPDATE account SET generation = generation + 1, generation_changed = 0");
  EXPECT_EQ(generation.origin(*database), Origin::continued) << "before the file was written";
  generation.renew(*database);
  database->run("UPDATE account SET generation_changed = 0");
  EXPECT_EQ(generation.origin(*database), Origin::continued) << "after it was";
  database->run("UPDATE account SET generation = generation - 2");
  EXPECT_EQ(generation.origin(*database), Origin::copied) << "of another run";
}

TEST_F(Restore, OfAFullDiskStillOpens) {
  start();
  account.reset();
  fs::remove(home() / "generation");
  fs::create_directory(home() / "generation");  // what cannot be written as a file
  start();
  ASSERT_NE(account, nullptr);
  EXPECT_TRUE(append("INBOX", message("one")).has_value());
}

}  // namespace
}  // namespace postern::store
