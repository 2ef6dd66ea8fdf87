#include "proxy/daemon/state_folder.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/daemon/folder.h"

namespace postern::daemon::test {
namespace {

namespace fs = std::filesystem;

unsigned mode_of(const fs::path& path) {
  struct stat facts{};
  ::stat(path.c_str(), &facts);
  return facts.st_mode & 0777U;
}

TEST(StateFolder, is_made_private_whatever_the_umask) {  // G1
  const TemporaryFolder folder;
  const mode_t before = ::umask(0);
  const auto state = StateFolder::open(folder.path / "a" / "state");
  ::umask(before);
  ASSERT_TRUE(state.has_value()) << state.error().text();
  EXPECT_EQ(mode_of(folder.path / "a" / "state"), 0700U);
  EXPECT_EQ(mode_of(folder.path / "a" / "state" / "lock"), 0600U);
}

TEST(StateFolder, one_that_others_can_read_is_closed) {
  const TemporaryFolder folder;
  fs::create_directory(folder.path / "state");
  ::chmod((folder.path / "state").c_str(), 0755);
  ASSERT_TRUE(StateFolder::open(folder.path / "state").has_value());
  EXPECT_EQ(mode_of(folder.path / "state"), 0700U);
}

TEST(StateFolder, places_that_are_not_ours_alone_are_refused) {  // G2
  const TemporaryFolder folder;
  fs::create_directory(folder.path / "real");
  fs::create_directory_symlink(folder.path / "real", folder.path / "link");
  ::mkfifo((folder.path / "fifo").c_str(), 0600);
  fs::create_directory(folder.path / "shared");
  ::chmod((folder.path / "shared").c_str(), 0777);
  fs::create_directory(folder.path / "shared" / "inside");
  fs::create_directory(folder.path / "locked");
  fs::create_symlink("/etc/passwd", folder.path / "locked" / "lock");
  fs::create_directory(folder.path / "piped");
  ::mkfifo((folder.path / "piped" / "lock").c_str(), 0600);
  for (const char* place : {"link", "fifo", "shared", "shared/inside", "locked", "piped"}) {
    const auto state = StateFolder::open(folder.path / place);
    ASSERT_FALSE(state.has_value()) << place;
    EXPECT_THAT(state.error().what, testing::HasSubstr(place));
    EXPECT_FALSE(state.error().advice.empty()) << place;
  }
}

TEST(StateFolder, a_second_process_is_refused_until_the_first_ends) {  // G7
  const TemporaryFolder folder;
  {
    const auto first = StateFolder::open(folder.path / "state");
    ASSERT_TRUE(first.has_value());
    const auto second = StateFolder::open(folder.path / "state");
    ASSERT_FALSE(second.has_value());
    EXPECT_THAT(second.error().what, testing::HasSubstr("already running"));
    const auto patient = StateFolder::open(folder.path / "state", std::chrono::milliseconds(100));
    EXPECT_FALSE(patient.has_value());
  }
  EXPECT_TRUE(StateFolder::open(folder.path / "state").has_value());
}

TEST(StateFolder, nothing_is_stale_after_a_kill) {  // G8
  const TemporaryFolder folder;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto state = StateFolder::open(folder.path / "state");
    const char word = state ? 'y' : 'n';
    (void)!::write(ready[1], &word, 1);
    ::pause();
    ::_exit(0);
  }
  char word = 0;
  ASSERT_EQ(::read(ready[0], &word, 1), 1);
  EXPECT_EQ(word, 'y');
  EXPECT_FALSE(StateFolder::open(folder.path / "state").has_value());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  EXPECT_TRUE(StateFolder::open(folder.path / "state").has_value());
}

}  // namespace
}  // namespace postern::daemon::test
