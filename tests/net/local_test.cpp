#include "sync/net/local.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/net/loop.h"

namespace postern::net::test {
namespace {

asio::awaitable<void> answer(LocalListener& listener, bool& loopback) {
  auto stream = co_await listener.accept();
  loopback = stream.loopback();
  co_await stream.write("hello", ample);
  co_await stream.shutdown();
}

asio::awaitable<void> ask(std::filesystem::path path, std::string& got) {
  auto stream = co_await dial_local(std::move(path));
  got = co_await read_exactly(stream, 5);
}

TEST(LocalListener, talks_over_a_private_path_of_any_length) {  // G1
  const TemporaryFolder folder;
  const auto deep = folder.path / std::string(120, 'x');
  std::filesystem::create_directory(deep);
  Loop loop;
  const mode_t before = ::umask(0);
  auto listener = LocalListener::open(loop.io.get_executor(), deep / "control.sock").value();
  ::umask(before);
  struct stat facts{};
  ASSERT_EQ(::stat((deep / "control.sock").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  bool loopback = false;
  std::string got;
  loop.beside(answer(listener, loopback));
  loop.run(ask(deep / "control.sock", got));
  EXPECT_EQ(got, "hello");
  EXPECT_TRUE(loopback);
  listener.close();
  EXPECT_FALSE(std::filesystem::exists(deep / "control.sock"));
}

TEST(LocalListener, takes_over_what_a_killed_process_left) {  // G8
  const TemporaryFolder folder;
  folder.write("control.sock", "");
  asio::io_context io;
  EXPECT_TRUE(LocalListener::open(io.get_executor(), folder.path / "control.sock").has_value());
}

TEST(LocalListener, nobody_there_is_told) {
  const TemporaryFolder folder;
  Loop loop;
  std::string got;
  EXPECT_EQ(ending(loop, ask(folder.path / "control.sock", got)).kind, ErrorKind::connect);
  const auto listener =
      LocalListener::open(loop.io.get_executor(), folder.path / "none" / "control.sock");
  ASSERT_FALSE(listener.has_value());
  EXPECT_FALSE(listener.error().advice.empty());
}

}  // namespace
}  // namespace postern::net::test
