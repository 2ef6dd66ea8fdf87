// Backups that are kept up to date beside a running account, and accounts put back from them.

#include <fstream>
#include <map>
#include <set>

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/store/backup.h"
#include "sync/store/database.h"
#include "sync/store/file_octets.h"
#include "sync/store/private_files.h"
#include "sync/store/verification.h"
#include "tests/store/earlier_schema.h"
#include "tests/store/model.h"
#include "tests/support/fault_vfs.h"

namespace postern::store {
namespace {

namespace fs = std::filesystem;

constexpr auto nothing = [](const Progress&) {};

class Backup : public StoreTest {
 protected:
  [[nodiscard]] fs::path file() const { return folder.path() / "anna/mail.db"; }
  [[nodiscard]] fs::path target() const { return folder.path() / "anna.backup"; }

  BackupOutcome back_up() {
    const auto outcome = store::back_up(file(), target(), "anna", nothing);
    EXPECT_TRUE(outcome.has_value()) << outcome.error().text();
    return outcome.value_or(BackupOutcome());
  }
  /// Mailbox, UID and octets of all messages that `backup` shows once it is put back.
  static std::map<std::pair<std::string, std::uint32_t>, std::string> content(
      const fs::path& backup) {
    const TemporaryFolder place(quick_disk());
    EXPECT_TRUE(restore(backup, place.path() / "anna", Replace::no, nothing).has_value());
    expect_well(place.path() / "anna/mail.db");
    return content_of(**Account::open({.folder = place.path() / "anna"}));
  }
  static std::map<std::pair<std::string, std::uint32_t>, std::string> content_of(Account& account) {
    std::map<std::pair<std::string, std::uint32_t>, std::string> found;
    for (const MailboxInfo& info : account.tree()->mailboxes) {
      const auto latest = open_mailbox(account, info.id)->latest();
      latest->for_each([&](SeqNum, const Entry& entry) {
        found[{info.name, entry.uid.value}] = read(account, [&](Reader& reader) {
          std::string out;
          reader.read_body(entry.body, 0, entry.octets, out);
          return out;
        });
      });
    }
    return found;
  }
  Problem refused(Anew anew = Anew::no) {
    const auto outcome = store::back_up(file(), target(), "anna", nothing, anew);
    return outcome ? Problem{"done", ""} : outcome.error();
  }
  /// Behind the store's back.
  void change(const fs::path& database, const char* sql) {
    account.reset();
    Database(database).run(sql);
  }
  /// In the index of bodies, which is one page; false if it is not there.
  static bool flip_id_in_index(const fs::path& database, std::uint8_t id) {
    constexpr std::size_t page_octets = 16384;
    const auto root = static_cast<std::size_t>(Database(database).number(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'body_by_hash'"));
    std::fstream disk(database, std::ios::binary | std::ios::in | std::ios::out);
    std::string page(page_octets, '\0');
    const auto at = static_cast<std::streamoff>((root - 1) * page_octets);
    disk.seekg(at).read(page.data(), static_cast<std::streamsize>(page.size()));
    for (std::uint32_t cell = 0; cell < number16(page, 3); ++cell) {
      const std::size_t begin = number16(page, 8 + 2 * cell);
      const std::size_t last = begin + static_cast<std::uint8_t>(page[begin]);
      if (page[begin + 3] != 1 || static_cast<std::uint8_t>(page[last]) != id) continue;
      disk.seekp(at + static_cast<std::streamoff>(last)).put(static_cast<char>(id ^ 0x40U));
      return true;
    }
    return false;
  }
  static void expect_well(const fs::path& database) {
    const auto verified = verify(database, nothing);
    ASSERT_TRUE(verified.has_value()) << verified.error().text();
    for (const Finding& finding : verified->findings) ADD_FAILURE() << finding.what;
  }
};

TEST_F(Backup, OfARunningAccountHoldsAllOfIt) {
  ASSERT_TRUE(append("INBOX", message("one"), {.system = 1, .keywords = {"blue"}}).has_value());
  ASSERT_TRUE(append("Sent", message("two", noise(400'000))).has_value());
  const BackupOutcome outcome = back_up();
  EXPECT_EQ(outcome.facts.messages, 2U);
  EXPECT_EQ(outcome.copied, 2U);
  expect_well(target());
  EXPECT_EQ(content(target()), content_of(*account));
}

TEST_F(Backup, IsForItsOwnerAlone) {
  const mode_t before = ::umask(0);
  back_up();
  ::umask(before);
  struct stat facts{};
  ASSERT_EQ(::stat(target().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  EXPECT_FALSE(fs::exists(target().string() + "-wal"));
  EXPECT_FALSE(fs::exists(target().string() + "-journal"));
}

TEST_F(Backup, CopiesOnlyWhatIsNewAndDropsWhatWent) {
  ASSERT_TRUE(append("INBOX", message("one")).has_value());
  ASSERT_TRUE(append("INBOX", message("two")).has_value());
  back_up();
  EXPECT_EQ(back_up().copied, 0U);
  ASSERT_TRUE(append("INBOX", message("three")).has_value());
  remove("INBOX", uids({1}));
  any_commit();  // reclaims
  const BackupOutcome outcome = back_up();
  EXPECT_EQ(outcome.copied, 1U);
  EXPECT_EQ(outcome.dropped, 1U);
  expect_well(target());
  EXPECT_EQ(content(target()), content_of(*account));
}

TEST_F(Backup, NoticesThatAnIdNamesAnotherBodyByNow) {
  ASSERT_TRUE(append("INBOX", message("one")).has_value());
  back_up();
  fs::copy(target(), folder.path() / "old.backup");
  ASSERT_TRUE(append("INBOX", message("two")).has_value());
  back_up();
  account.reset();
  const auto restored =
      restore(folder.path() / "old.backup", folder.path() / "anna", Replace::yes, nothing);
  ASSERT_TRUE(restored.has_value()) << restored.error().text();
  open();
  ASSERT_TRUE(append("INBOX", message("instead of two")).has_value());
  back_up();
  expect_well(target());
  EXPECT_EQ(content(target()), content_of(*account));
}

TEST_F(Backup, LeavesOtherFilesAlone) {
  const auto problem = [&](const fs::path& path, const char* name) {
    const auto outcome = store::back_up(file(), path, name, nothing);
    return outcome ? "done" : outcome.error().what;
  };
  EXPECT_THAT(problem(file(), "anna"), testing::HasSubstr("the account itself"));
  const TemporaryFolder other;
  {
    ASSERT_TRUE(Account::open({.folder = other.path()}).has_value());
  }
  EXPECT_THAT(problem(other.path() / "mail.db", "anna"), testing::HasSubstr("not a backup"));
  back_up();
  EXPECT_THAT(problem(target(), "bert"), testing::HasSubstr("of another account, anna"));
}

TEST_F(Backup, IsLeftAsItWasByAnAccountThatLostABody) {
  for (const char* one : {"one", "two", "three"})
    ASSERT_TRUE(append("INBOX", message(one)).has_value());
  back_up();
  const auto before = content_of(*account);
  ASSERT_TRUE(append("INBOX", message("four")).has_value());
  change(file(), "DELETE FROM body WHERE id = 2");
  EXPECT_THAT(refused().what, testing::HasSubstr("is damaged"));
  EXPECT_THAT(refused(Anew::yes).advice, testing::HasSubstr("verify --repair anna"));
  EXPECT_EQ(content(target()), before);
  fs::remove(target());
  EXPECT_THAT(refused().what, testing::HasSubstr("is damaged"));
}

/// In an index of the account an id names another body than the tables do.
TEST_F(Backup, IsLeftAsItWasByAnAccountWithADamagedIndex) {
  for (const char* one : {"one", "two", "three"})
    ASSERT_TRUE(append("INBOX", message(one)).has_value());
  back_up();
  const auto before = content_of(*account);
  account.reset();
  ASSERT_TRUE(flip_id_in_index(file(), 2));
  EXPECT_THAT(refused().what, testing::HasSubstr("is damaged"));
  expect_well(target());
  EXPECT_EQ(content(target()), before);
}

TEST_F(Backup, IsNotWrittenOverByAnAccountThatWasMadeAnew) {
  ASSERT_TRUE(append("INBOX", message("one")).has_value());
  back_up();
  const auto before = content_of(*account);
  account.reset();
  fs::remove_all(folder.path() / "anna");
  open();
  EXPECT_THAT(refused().what, testing::HasSubstr("made anew"));
  EXPECT_THAT(refused().advice, testing::HasSubstr("restore --replace"));
  EXPECT_EQ(content(target()), before);
  EXPECT_EQ(store::back_up(file(), target(), "anna", nothing, Anew::yes)->dropped, 1U);
  EXPECT_EQ(back_up().facts.messages, 0U);
}

TEST_F(Backup, OfAFileWithoutAnIdentityIsKeptUpToDate) {
  ASSERT_TRUE(append("INBOX", message("one")).has_value());
  back_up();
  change(target(), "DELETE FROM identity");
  back_up();
  change(file(), "DELETE FROM identity");
  EXPECT_EQ(back_up().facts.messages, 1U);
}

TEST_F(Backup, DoesNotLoseMostMessagesUnasked) {
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(append("INBOX", message(std::to_string(i))).has_value());
  back_up();
  const auto before = content_of(*account);
  remove("INBOX", UidSet({{Uid(1), Uid(25)}}));
  any_commit();
  EXPECT_THAT(refused().what, testing::HasSubstr("25 of the 30 messages"));
  EXPECT_THAT(refused().advice, testing::HasSubstr("--anew"));
  EXPECT_EQ(content(target()), before);
  EXPECT_TRUE(store::back_up(file(), target(), "anna", nothing, Anew::yes).has_value());
  EXPECT_EQ(content(target()), content_of(*account));
}

TEST_F(Backup, OfAnEarlierReleaseIsCheckedAndPutBack) {
  ASSERT_TRUE(append("INBOX", message("one")).has_value());
  back_up();
  change(target(), back_to_schema(2).c_str());
  const auto verified = verify(target(), nothing);
  ASSERT_TRUE(verified.has_value()) << verified.error().text();
  EXPECT_TRUE(verified->earlier_release);
  EXPECT_TRUE(verified->findings.empty());
  open();
  EXPECT_EQ(content(target()), content_of(*account));
}

TEST_F(Backup, ThatLostARowIsHealed) {
  ASSERT_TRUE(append("INBOX", message("one")).has_value());
  ASSERT_TRUE(append("INBOX", message("two")).has_value());
  back_up();
  change(target(), "DELETE FROM body WHERE id = 2");
  open();
  back_up();
  EXPECT_EQ(content(target()), content_of(*account));
}

TEST_F(Backup, DoesNotTouchWhatIsNoFileOfThisUser) {
  const auto mode = [&] { return fs::status(target()).permissions() & fs::perms::mask; };
  fs::create_symlink(folder.path() / "elsewhere", target());
  EXPECT_THAT(refused().what, testing::HasSubstr("symbolic link"));
  EXPECT_FALSE(fs::exists(folder.path() / "elsewhere"));
  fs::remove(target());
  ASSERT_EQ(::mkfifo(target().c_str(), 0644), 0);
  EXPECT_THAT(refused().what, testing::HasSubstr("not a regular file"));
  fs::remove(target());
  std::ofstream(target()) << std::string(5000, 'x');
  fs::permissions(target(), fs::perms(0644));
  EXPECT_THAT(refused().what, testing::HasSubstr("not a backup of postern"));
  EXPECT_EQ(mode(), fs::perms(0644));
  fs::resize_file(target(), 0);
  // Only root can give files away.
  if (::geteuid() != 0) return;
  ASSERT_EQ(::chown(target().c_str(), 65534, 65534), 0);
  EXPECT_THAT(refused().what, testing::HasSubstr("of this user"));
  EXPECT_EQ(mode(), fs::perms(0644));
  EXPECT_EQ(fs::file_size(target()), 0U);
}

TEST_F(Backup, IsMadeByOneProcessAtATime) {
  back_up();
  const FileLock other(target());
  EXPECT_THAT(refused().what, testing::HasSubstr("held by another backup"));
}

TEST_F(Backup, OfAFileThatIsRefusedLeavesNothingBehind) {
  change(file(), "PRAGMA user_version = 99");
  EXPECT_THAT(refused().what, testing::HasSubstr("later release"));
  EXPECT_FALSE(fs::exists(target()));
}

/// At every write and sync of a second backup, once and from then on: what is there is the first
/// one or the second one, and the next one completes it.
TEST_F(Backup, IsTheLastOneOrTheNextOneWhateverFails) {  // J3
  ASSERT_TRUE(append("INBOX", message("one", noise(200'000))).has_value());
  back_up();
  const fs::path first = folder.path() / "first.backup";
  fs::copy(target(), first);
  const auto before = content_of(*account);
  ASSERT_TRUE(append("INBOX", message("two", noise(300'000))).has_value());
  remove("INBOX", uids({1}));
  any_commit();
  const auto after = content_of(*account);
  account.reset();
  test::FaultVfs vfs;
  using Fault = test::FaultVfs::Fault;
  for (const Fault fault : {Fault::disk_full, Fault::torn_write, Fault::sync_error}) {
    bool struck = true;
    for (std::int64_t n = 1; struck; ++n) {
      fs::copy_file(first, target(), fs::copy_options::overwrite_existing);
      vfs.arm(fault, n, test::FaultVfs::Lasting::for_good);
      const auto failed = store::back_up(file(), target(), "anna", nothing);
      struck = vfs.struck();
      vfs.disarm();
      EXPECT_EQ(failed.has_value(), !struck) << n;
      if (!failed) {
        EXPECT_THAT(failed.error().advice, testing::Not(testing::IsEmpty()));
        EXPECT_THAT(content(target()), testing::AnyOf(before, after)) << n;
      }
      back_up();
      EXPECT_EQ(content(target()), after) << n;
      ASSERT_LT(n, 1000);
    }
  }
}

TEST_F(Backup, ThatWasNeverCompletedIsNotPutBack) {
  ASSERT_TRUE(append("INBOX", message("one")).has_value());
  test::FaultVfs vfs;
  bool struck = true;
  for (std::int64_t n = 1; struck; ++n) {
    vfs.arm(test::FaultVfs::Fault::sync_error, n, test::FaultVfs::Lasting::for_good);
    static_cast<void>(store::back_up(file(), target(), "anna", nothing));
    struck = vfs.struck();
    vfs.disarm();
    if (!struck) break;
    const auto facts = backup_facts(target());
    ASSERT_FALSE(facts.has_value()) << n;
    EXPECT_THAT(facts.error().what, testing::HasSubstr("is no backup"));
  }
  EXPECT_TRUE(backup_facts(target()).has_value());
}

TEST_F(Backup, PutBackGetsOtherUidValiditiesAndKeepsTheFileThatWasThere) {  // J7
  ASSERT_TRUE(append("INBOX", message("one")).has_value());
  back_up();
  const auto lost = append("INBOX", message("two"));
  std::map<std::string, std::uint32_t> before;
  for (const MailboxInfo& one : account->tree()->mailboxes)
    before[one.name] = one.uid_validity.value;
  EXPECT_FALSE(restore(target(), folder.path() / "anna", Replace::yes, nothing).has_value())
      << "while it is open";
  account.reset();
  EXPECT_FALSE(restore(target(), folder.path() / "anna", Replace::no, nothing).has_value());
  const auto outcome = restore(target(), folder.path() / "anna", Replace::yes, nothing);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().text();
  expect_well(outcome->aside);
  open();
  for (const MailboxInfo& one : account->tree()->mailboxes)
    EXPECT_GT(one.uid_validity.value, before[one.name]) << one.name;
  EXPECT_EQ(mailbox("INBOX")->latest()->size(), 1U);
  EXPECT_EQ(append("INBOX", message("three"))->uid, lost->uid);
  expect_well(file());
}

TEST_F(Backup, PutBackAtAnyFaultLeavesTheOldOneOrTheNewOne) {  // J3
  ASSERT_TRUE(append("INBOX", message("one", noise(200'000))).has_value());
  back_up();
  ASSERT_TRUE(append("INBOX", message("two")).has_value());
  account.reset();
  test::FaultVfs vfs;
  bool struck = true;
  for (std::int64_t n = 1; struck; ++n) {
    vfs.arm(test::FaultVfs::Fault::disk_full, n, test::FaultVfs::Lasting::for_good);
    const auto outcome = restore(target(), folder.path() / "anna", Replace::yes, nothing);
    struck = vfs.struck();
    vfs.disarm();
    EXPECT_EQ(outcome.has_value(), !struck);
    open();
    EXPECT_EQ(mailbox("INBOX")->latest()->size(), outcome ? 1U : 2U) << n;
    account.reset();
    ASSERT_LT(n, 1000);
  }
}

}  // namespace
}  // namespace postern::store
