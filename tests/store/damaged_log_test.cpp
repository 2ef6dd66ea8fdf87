// A write-ahead log with an octet that is wrong: SQLite takes it to end there, and would give the
// UIDs behind it again.

#include <fstream>
#include <map>

#include "sync/store/database.h"
#include "sync/store/log_scan.h"
#include "sync/store/salvage.h"
#include "sync/store/verification.h"
#include "tests/store/store_fixture.h"

namespace postern::store {
namespace {

namespace fs = std::filesystem;

class DamagedLog : public StoreTest {
 protected:
  /// As after a kill: a log with ten messages is left.
  void SetUp() override {
    open();
    Database reader(file());
    reader.leave_log();
    reader.run("BEGIN");
    ASSERT_EQ(reader.number("SELECT count(*) FROM message"), 0);
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(append("INBOX", message("one")).has_value());
    before = validities();
    account.reset();
    ASSERT_TRUE(has_log(file()));
  }
  [[nodiscard]] fs::path file() const { return folder.path() / "anna/mail.db"; }
  [[nodiscard]] fs::path log() const { return folder.path() / "anna/mail.db-wal"; }
  [[nodiscard]] std::map<std::string, std::uint32_t> validities() const {
    std::map<std::string, std::uint32_t> found;
    for (const MailboxInfo& one : account->tree()->mailboxes)
      found[one.name] = one.uid_validity.value;
    return found;
  }
  [[nodiscard]] std::string octets() const {
    std::ifstream in(log(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void flip(std::uint64_t at) const {
    std::fstream disk(log(), std::ios::binary | std::ios::in | std::ios::out);
    const int octet = disk.seekg(static_cast<std::streamoff>(at)).get();
    disk.seekp(static_cast<std::streamoff>(at)).put(static_cast<char>(octet ^ 1));
  }
  [[nodiscard]] int logs_kept() const {
    int found = 0;
    for (const auto& entry : fs::directory_iterator(folder.path() / "anna"))
      found += entry.path().filename().string().starts_with("mail.db.log-") ? 1 : 0;
    return found;
  }

  std::map<std::string, std::uint32_t> before;
};

TEST_F(DamagedLog, IsNoLogThatEndsEarly) {
  EXPECT_FALSE(log_is_damaged(file()));
  fs::resize_file(log(), fs::file_size(log()) - 100);
  EXPECT_FALSE(log_is_damaged(file()));
  open();
  EXPECT_EQ(validities(), before);
  EXPECT_EQ(mailbox("INBOX")->latest()->size(), 9U);
  EXPECT_EQ(logs_kept(), 0);
}

TEST_F(DamagedLog, IsToldByVerifyWhichLeavesItAsItIs) {
  const auto nothing = [](const Progress&) {};
  const std::string whole = octets();
  EXPECT_TRUE(verify(file(), nothing)->findings.empty());
  EXPECT_EQ(octets(), whole);
  flip(whole.size() / 2);
  const std::string damaged = octets();
  const auto verified = verify(file(), nothing);
  ASSERT_TRUE(verified.has_value()) << verified.error().text();
  ASSERT_FALSE(verified->findings.empty());
  EXPECT_THAT(verified->findings.front().what, testing::HasSubstr("the log beside it is damaged"));
  EXPECT_EQ(octets(), damaged);
}

TEST_F(DamagedLog, ChangesUidValiditiesAndIsKept) {
  flip(fs::file_size(log()) / 2);
  open();
  EXPECT_LT(mailbox("INBOX")->latest()->size(), 10U);
  for (const auto& [name, validity] : validities()) EXPECT_GT(validity, before[name]) << name;
  EXPECT_EQ(logs_kept(), 1);
  const auto after = validities();
  EXPECT_FALSE(log_is_damaged(file()));
  open();
  EXPECT_EQ(validities(), after);
  EXPECT_EQ(logs_kept(), 1);
}

TEST_F(DamagedLog, ChangesUidValiditiesAlsoOfWhatIsRepaired) {
  flip(fs::file_size(log()) / 2);
  ASSERT_TRUE(salvage(folder.path() / "anna", [](const Progress&) {}).has_value());
  open();
  for (const auto& [name, validity] : validities()) EXPECT_GT(validity, before[name]) << name;
}

TEST_F(DamagedLog, IsAlsoOneWithAnotherHeader) {
  flip(9);
  EXPECT_TRUE(log_is_damaged(file()));
}

}  // namespace
}  // namespace postern::store
