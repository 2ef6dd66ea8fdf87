#include "proxy/daemon/setup/new_files.h"

#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/daemon/folder.h"

namespace postern::daemon::setup {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& file) {
  std::stringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

unsigned mode_of(const fs::path& path) {
  struct stat facts{};
  EXPECT_EQ(::stat(path.c_str(), &facts), 0) << path;
  return facts.st_mode & 0777U;
}

class NewFilesTest : public testing::Test {
 protected:
  test::TemporaryFolder folder;
  fs::path config = folder.path / "postern" / "postern.yaml";
  fs::path secret = folder.path / "postern" / "secrets" / "anna";
};

TEST_F(NewFilesTest, are_for_their_owner_alone) {  // G1
  NewFiles files;
  ASSERT_TRUE(files.add(secret, Secret("word")));
  ASSERT_TRUE(files.replace(config, "accounts:\n"));
  files.keep();
  EXPECT_EQ(contents(secret), "word\n");
  EXPECT_EQ(mode_of(secret), 0600U);
  EXPECT_EQ(mode_of(secret.parent_path()), 0700U);
  EXPECT_EQ(contents(config), "accounts:\n");
  EXPECT_EQ(mode_of(config), 0600U);
}

/// A key goes into no file, and through no link, that somebody has put there.
TEST_F(NewFilesTest, are_new_where_they_have_to_be) {  // G1
  const fs::path key = folder.path / "anna.key";
  {
    NewFiles files;
    ASSERT_TRUE(files.make(key, "key\n"));
    files.keep();
  }
  EXPECT_EQ(contents(key), "key\n");
  EXPECT_EQ(mode_of(key), 0600U);
  NewFiles files;
  EXPECT_FALSE(files.make(key, "another\n"));
  const fs::path link = folder.path / "link.key";
  fs::create_symlink(folder.path / "elsewhere", link);
  EXPECT_FALSE(files.make(link, "another\n"));
  EXPECT_FALSE(fs::exists(folder.path / "elsewhere"));
  EXPECT_EQ(contents(key), "key\n");
}

TEST_F(NewFilesTest, are_all_there_or_none) {
  {
    NewFiles files;
    ASSERT_TRUE(files.add(secret, Secret("word")));
  }
  EXPECT_FALSE(fs::exists(secret));
  EXPECT_FALSE(fs::exists(secret.parent_path()));
  EXPECT_FALSE(fs::exists(config.parent_path()));
}

TEST_F(NewFilesTest, leave_folders_that_were_there) {
  fs::create_directories(config.parent_path());
  {
    NewFiles files;
    ASSERT_TRUE(files.add(secret, Secret("word")));
  }
  EXPECT_FALSE(fs::exists(secret.parent_path()));
  EXPECT_TRUE(fs::exists(config.parent_path()));
}

TEST_F(NewFilesTest, never_overwrite_a_secret) {
  NewFiles files;
  ASSERT_TRUE(files.add(secret, Secret("first")));
  const auto second = files.add(secret, Secret("second"));
  ASSERT_TRUE(second);
  EXPECT_EQ(*second, secret.string() + "-2");
  files.keep();
  EXPECT_EQ(contents(secret), "first\n");
  EXPECT_EQ(contents(*second), "second\n");
}

TEST_F(NewFilesTest, replace_a_configuration_and_leave_its_mode_and_links) {
  fs::create_directories(config.parent_path());
  const fs::path real = folder.path / "real.yaml";
  std::ofstream(real) << "old\n";
  ::chmod(real.c_str(), 0640);
  fs::create_symlink(real, config);
  NewFiles files;
  ASSERT_TRUE(files.replace(config, "new\n"));
  files.keep();
  EXPECT_TRUE(fs::is_symlink(config));
  EXPECT_EQ(contents(real), "new\n");
  EXPECT_EQ(mode_of(real), 0640U);
  EXPECT_FALSE(fs::exists(real.string() + ".new"));
}

}  // namespace
}  // namespace postern::daemon::setup
