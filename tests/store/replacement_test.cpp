// A file that takes the place of an account's: at each step a process may end.

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <fstream>

#include "sync/store/backup.h"
#include "sync/store/database.h"
#include "sync/store/log_scan.h"
#include "sync/store/salvage.h"
#include "sync/store/verification.h"
#include "tests/store/store_fixture.h"

namespace {

int steps_left = 0;  // 0: no end

/// What a process does to the names and the lengths of files, and to its disk.
void step() {
  if (steps_left != 0 && --steps_left == 0) ::_exit(9);
}

}  // namespace

// They take the place of those of the C library in this program, SQLite's calls included.
extern "C" int rename(const char* from, const char* to) noexcept {
  step();
  return static_cast<int>(::syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to));
}
extern "C" int link(const char* from, const char* to) noexcept {
  step();
  return static_cast<int>(::syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0));
}
extern "C" int unlink(const char* path) noexcept {
  step();
  return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}
extern "C" int ftruncate(int file, off_t length) noexcept {
  step();
  return static_cast<int>(::syscall(SYS_ftruncate, file, length));
}
extern "C" int fsync(int file) {
  step();
  return static_cast<int>(::syscall(SYS_fsync, file));
}

namespace postern::store {
namespace {

namespace fs = std::filesystem;

constexpr auto nothing = [](const Progress&) {};
constexpr std::size_t in_file = 3;
constexpr std::size_t in_log = 5;

class Replacement : public StoreTest {
 protected:
  Replacement() : StoreTest(quick_disk()) {}
  /// As after a kill: some messages are in the file, and some in the log alone.
  void SetUp() override {
    open();
    for (std::size_t i = 0; i < in_file; ++i) append_one();
    ASSERT_TRUE(back_up(file(), backup(), "anna", nothing).has_value());
    open();
    Database reader(file());
    reader.leave_log();
    reader.run("BEGIN");
    ASSERT_EQ(reader.number("SELECT count(*) FROM message"), in_file);
    for (std::size_t i = 0; i < in_log; ++i) append_one();
    account.reset();
    ASSERT_TRUE(has_log(file()));
    fs::copy(home(), folder.path() / "kept", fs::copy_options::recursive);
  }
  [[nodiscard]] fs::path home() const { return folder.path() / "anna"; }
  [[nodiscard]] fs::path file() const { return home() / "mail.db"; }
  [[nodiscard]] fs::path backup() const { return folder.path() / "anna.backup"; }

  void append_one() { ASSERT_TRUE(append("INBOX", message("one")).has_value()); }
  void put_back_as_it_was() const {
    fs::remove_all(home());
    fs::copy(folder.path() / "kept", home(), fs::copy_options::recursive);
  }
  void damage() const {
    std::fstream(file(), std::ios::binary | std::ios::in | std::ios::out) << std::string(100, '\0');
  }
  /// Whether it came to its end before step `n`.
  template <class Work>
  static bool ends_before(int n, const Work& work) {
    const pid_t child = ::fork();
    if (child == 0) {
      steps_left = n;
      work();
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    return WEXITSTATUS(status) == 0;
  }
  [[nodiscard]] std::int64_t messages() const {
    const auto verified = verify(file(), nothing);
    EXPECT_TRUE(verified.has_value());
    for (const Finding& finding : verified->findings) ADD_FAILURE() << finding.what;
    return static_cast<std::int64_t>(verified->messages);
  }
};

TEST_F(Replacement, ByABackupIsTheOldOneOrTheNewOneAtEachStep) {
  bool done = false;
  for (int n = 1; !done; ++n) {
    put_back_as_it_was();
    done = ends_before(
        n, [&] { static_cast<void>(restore(backup(), home(), Replace::yes, nothing)); });
    const std::int64_t found = messages();
    if (done) {
      EXPECT_EQ(found, in_file);
    }
    EXPECT_THAT(found, testing::AnyOf(in_file, in_file + in_log)) << n;
    ASSERT_LT(n, 200);
  }
}

TEST_F(Replacement, OfADamagedFileIsAllThatThereWasAtEachStep) {
  bool done = false;
  for (int n = 1; !done; ++n) {
    put_back_as_it_was();
    damage();
    const auto repair = [&] { static_cast<void>(salvage(home(), nothing)); };
    done = ends_before(n, repair);
    repair();
    EXPECT_EQ(messages(), in_file + in_log) << n;
    ASSERT_LT(n, 200);
  }
}

TEST_F(Replacement, IsRefusedWhileSomebodyReads) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    Database reader(file());
    reader.run("BEGIN");
    static_cast<void>(reader.number("SELECT count(*) FROM message"));
    static_cast<void>(::write(ready[1], "x", 1));
    ::pause();
    ::_exit(0);
  }
  char octet = 0;
  ASSERT_EQ(::read(ready[0], &octet, 1), 1);
  const auto outcome = restore(backup(), home(), Replace::yes, nothing);
  EXPECT_EQ(messages(), in_file + in_log);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_THAT(outcome.error().what, testing::HasSubstr("process " + std::to_string(child)));
  EXPECT_EQ(messages(), in_file + in_log);
}

}  // namespace
}  // namespace postern::store
