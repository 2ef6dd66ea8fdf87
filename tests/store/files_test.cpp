#include <fstream>
#include <sstream>

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/store/store_fixture.h"

namespace postern::store {
namespace {

using testing::HasSubstr;

class Files : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path home() const { return folder.path() / "state" / "anna"; }
  [[nodiscard]] std::filesystem::path file() const { return home() / "mail.db"; }
  [[nodiscard]] auto open() const { return Account::open({.folder = home()}); }

  static unsigned mode(const std::filesystem::path& path) {
    struct stat found{};
    EXPECT_EQ(::lstat(path.c_str(), &found), 0) << path;
    return found.st_mode & 07777U;
  }
  static std::string content(const std::filesystem::path& path) {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }
  void run_sql(const char* sql) const {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    sqlite3_close(handle);
  }
  /// Opening is refused, says why, and leaves the file as it is.
  void expect_refused(const std::string& what, const std::string& advice) const {
    const std::string before = content(file());
    const auto refused = open();
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().what, HasSubstr(file().string()));
    EXPECT_THAT(refused.error().what, HasSubstr(what));
    EXPECT_THAT(refused.error().advice, HasSubstr(advice));
    EXPECT_EQ(content(file()), before);
    EXPECT_FALSE(std::filesystem::exists(file().string() + "-wal"));
  }

  TemporaryFolder folder;
};

TEST_F(Files, ArePrivateWhateverTheUmask) {  // G1
  const mode_t before = ::umask(0);
  {
    const auto account = open();
    ASSERT_TRUE(account.has_value());
    write(**account, [](Transaction& t) { t.subscribe("x"); });
    for (const auto& one : std::filesystem::recursive_directory_iterator(home()))
      EXPECT_EQ(mode(one.path()), one.is_directory() ? 0700U : 0600U) << one.path();
    EXPECT_TRUE(std::filesystem::exists(file().string() + "-wal"));
    EXPECT_EQ(mode(home()), 0700U);
    EXPECT_EQ(mode(home().parent_path()), 0700U);
  }
  ::umask(before);
}

TEST_F(Files, ThatAreOpenToOthersAreTightened) {
  ASSERT_TRUE(open().has_value());
  ::chmod(home().c_str(), 0755);
  ::chmod(file().c_str(), 0644);
  ASSERT_TRUE(open().has_value());
  EXPECT_EQ(mode(home()), 0700U);
  EXPECT_EQ(mode(file()), 0600U);
}

TEST_F(Files, OfAClosedAccountAreOneDatabase) {
  ASSERT_TRUE(open().has_value());
  EXPECT_FALSE(std::filesystem::exists(file().string() + "-wal"));
}

TEST_F(Files, OfALaterReleaseAreRefused) {  // J8
  ASSERT_TRUE(open().has_value());
  run_sql("PRAGMA user_version = 99");
  expect_refused("schema 99", "later release");
}

TEST_F(Files, OfAnotherProgramAreRefused) {
  ASSERT_TRUE(open().has_value());
  std::filesystem::remove(file());
  run_sql("CREATE TABLE bookmarks(url TEXT)");
  expect_refused("not of this program", "move it away");
}

TEST_F(Files, ThatAreNoDatabaseAreRefused) {  // J5
  ASSERT_TRUE(open().has_value());
  for (const std::string& garbage :
       {std::string("This is a text.\n"), std::string(100'000, 'x'), std::string(512, '\0')}) {
    std::ofstream(file(), std::ios::binary) << garbage;
    expect_refused("damaged", "restore");
  }
}

TEST_F(Files, ThatLostTheirSchemaAreRefused) {  // J5: no illusion of an empty account
  ASSERT_TRUE(open().has_value());
  std::filesystem::remove(file());
  run_sql("PRAGMA application_id = 1349481332; PRAGMA user_version = 1");
  expect_refused("lost its schema", "restore");
}

TEST_F(Files, LeftEmptyByACrashAreMadeWhole) {  // J1
  std::filesystem::create_directories(home());
  std::ofstream(file()).flush();
  EXPECT_TRUE(open().has_value());
}

TEST_F(Files, AreNotFollowedElsewhere) {  // G2
  std::filesystem::create_directories(home());
  std::ofstream(folder.path() / "target").flush();
  std::filesystem::create_symlink(folder.path() / "target", file());
  const auto refused = open();
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().what, HasSubstr("not a regular file"));
  std::filesystem::remove(file());
  ::mkfifo(file().c_str(), 0600);
  EXPECT_FALSE(open().has_value());
}

TEST_F(Files, OfAnOpenAccountAreLocked) {  // G7
  const auto account = open();
  ASSERT_TRUE(account.has_value());
  const auto second = open();
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().text(), HasSubstr("stop the other program"));
  // And the first one keeps its own locks.
  write(**account, [](Transaction& t) { t.subscribe("x"); });
}

TEST_F(Files, LockIsFreeOnceTheAccountIsGone) {  // G8
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(open().has_value());
}

TEST_F(Files, AnotherProgramInATransactionIsWaitedForThenSaid) {  // J4
  const auto account = open();
  ASSERT_TRUE(account.has_value());
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file().c_str(), &other), SQLITE_OK);
  sqlite3_busy_timeout(other, 5000);  // the store may be tidying up
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  try {
    write(**account, [](Transaction& t) { t.subscribe("x"); });
    ADD_FAILURE() << "written beside another writer";
  } catch (const StoreFailure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::locked);
  }
  sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  write(**account, [](Transaction& t) { t.subscribe("x"); });
  EXPECT_TRUE((*account)->tree()->subscribed("x"));
}

TEST_F(Files, UidsThatAreUsedUpAreRefused) {  // R9
  ASSERT_TRUE(open().has_value());
  run_sql("UPDATE mailbox SET uid_next = 4294967294 WHERE name = 'INBOX'");
  const auto account = open();
  ASSERT_TRUE(account.has_value());
  const MailboxId inbox = (*account)->tree()->find("INBOX")->id;
  const auto append = [&] {
    return write(**account, [&](Transaction& t) {
      IncomingBody incoming((*account)->spool());
      incoming.feed(message("last"));
      NewBody arrived = incoming.finish();
      return t.append(inbox, arrived, {}, {});
    });
  };
  EXPECT_EQ(append()->uid, Uid(4294967294));
  EXPECT_EQ(append().error(), Refusal::uid_exhausted);
  const auto latest = open_mailbox(**account, inbox)->latest();
  EXPECT_EQ(latest->head().uid_next, Uid(4294967295));
  EXPECT_EQ(latest->size(), 1U);
}

TEST_F(Files, UidValidityRisesThoughTheClockGoesBack) {  // J11
  ASSERT_TRUE(open().has_value());
  run_sql("UPDATE account SET uid_validity = 4294967293");
  const auto account = open();
  ASSERT_TRUE(account.has_value());
  const auto create = [&](const char* name) {
    return write(**account,
                 [&](Transaction& t) { return t.create_mailbox(name, SpecialUse::none); });
  };
  EXPECT_EQ(create("a")->uid_validity, UidValidity(4294967294));
  EXPECT_EQ(create("b")->uid_validity, UidValidity(4294967295));
  EXPECT_EQ(create("c").error(), Refusal::uid_exhausted);
}

// J5: a page of the file is overwritten while nobody looks: said, not shown as an empty mailbox.
TEST_F(Files, ThatAreDamagedInsideAreNotShownAsEmpty) {
  {
    const auto account = open();
    ASSERT_TRUE(account.has_value());
    const MailboxId inbox = (*account)->tree()->find("INBOX")->id;
    for (int i = 0; i < 400; ++i) {
      write(**account, [&](Transaction& t) {
        IncomingBody incoming((*account)->spool());
        incoming.feed(
            message(std::to_string(i), std::string(2000, static_cast<char>('a' + i % 26))));
        NewBody arrived = incoming.finish();
        return t.append(inbox, arrived, {}, {});
      });
    }
  }
  const std::string whole = content(file());
  int noticed = 0;
  for (std::size_t page = 1; page < whole.size() / 16384; ++page) {
    SCOPED_TRACE("page " + std::to_string(page));
    std::string damaged = whole;
    damaged.replace(page * 16384, 16384, 16384, '\x5a');
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << damaged;
    const auto account = open();
    if (!account) {
      ++noticed;
      continue;
    }
    try {
      const MailboxInfo* inbox = (*account)->tree()->find("INBOX");
      ASSERT_NE(inbox, nullptr);
      const auto snapshot = open_mailbox(**account, inbox->id)->latest();
      EXPECT_EQ(snapshot->size(), 400U);
      read(**account, [&](Reader& reader) {
        snapshot->for_each([&](SeqNum, const Entry& entry) {
          std::string out;
          reader.read_body(entry.body, 0, entry.octets, out);
          EXPECT_EQ(out.size(), entry.octets);
        });
      });
    } catch (const StoreFailure& failure) {
      EXPECT_EQ(failure.kind(), FailureKind::corrupt);
      ++noticed;
    }
  }
  EXPECT_GT(noticed, 5);
}

}  // namespace
}  // namespace postern::store
