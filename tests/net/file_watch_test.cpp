#include "sync/net/file_watch.h"

#include <filesystem>
#include <functional>

#include <gtest/gtest.h>

#include "sync/net/task_group.h"
#include "tests/net/loop.h"

namespace postern::net::test {
namespace {

namespace fs = std::filesystem;

constexpr FileWatch::Patience brief{5ms, 50ms};

asio::awaitable<void> one_change(FileWatch& watch, bool& told) {
  co_await watch.change();
  told = true;
}

/// Whether `change` is told; what happens before it is not.
bool is_told(const std::vector<fs::path>& files, const std::function<void()>& change) {
  Loop loop;
  auto watch = FileWatch::open(loop.io.get_executor(), brief).value();
  watch.follow(files);
  watch.follow(files);
  bool told = false;
  TaskGroup group(loop.io.get_executor(), "test");
  group.spawn("change", one_change(watch, told));
  loop.io.poll();
  EXPECT_FALSE(told);
  change();
  loop.io.run_for(told ? 0ms : 200ms);
  group.cancel();
  loop.io.restart();
  loop.run(group.join());
  return told;
}

TEST(FileWatch, tells_however_a_file_is_replaced) {
  const TemporaryFolder folder;
  const fs::path file = folder.write("a.pem", "one");
  EXPECT_TRUE(is_told({file}, [&] { folder.write("a.pem", "two"); })) << "in place";
  folder.write("a.pem.new", "three");
  EXPECT_TRUE(is_told({file}, [&] { fs::rename(folder.path / "a.pem.new", file); })) << "renamed";
  EXPECT_TRUE(is_told({file}, [&] { fs::remove(file); })) << "removed";
  EXPECT_TRUE(is_told({file}, [&] { folder.write("a.pem", "four"); })) << "there again";
}

TEST(FileWatch, follows_a_symbolic_link) {
  const TemporaryFolder folder;
  fs::create_directory(folder.path / "live");
  fs::create_directory(folder.path / "archive");
  folder.write("archive/1.pem", "one");
  folder.write("archive/2.pem", "two");
  const fs::path link = folder.path / "live/a.pem";
  fs::create_symlink("../archive/1.pem", link);
  EXPECT_TRUE(is_told({link}, [&] { folder.write("archive/1.pem", "new"); })) << "the target";
  EXPECT_TRUE(is_told({link}, [&] {
    fs::create_symlink("../archive/2.pem", folder.path / "live/b.pem");
    fs::rename(folder.path / "live/b.pem", link);
  })) << "another target";
}

TEST(FileWatch, is_quiet_when_nothing_happens) {
  const TemporaryFolder folder;
  const fs::path file = folder.write("a.pem", "one");
  EXPECT_FALSE(is_told({file, folder.path / "none/b.pem"}, [] {}));
  EXPECT_FALSE(is_told({file}, [&] { std::ifstream(file).get(); })) << "reading";
}

}  // namespace
}  // namespace postern::net::test
