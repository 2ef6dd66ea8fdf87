#include "proxy/daemon/page/kept_file.h"

#include <sys/stat.h>

#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include "tests/net/loop.h"

namespace postern::daemon::page {
namespace {

using net::test::Loop;
using net::test::TemporaryFolder;

class KeptFileTest : public testing::Test {
 protected:
  [[nodiscard]] std::string written() const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  asio::awaitable<void> write(std::string text) {
    auto writing = kept.write(file, std::move(text));
    co_await std::move(writing);
    ends.push_back(written());
  }
  asio::awaitable<void> all_at_once();
  asio::awaitable<void> by_one_who_gives_up();

  TemporaryFolder folder;
  const std::filesystem::path file = folder.path / "kept";
  Loop loop;
  KeptFile kept{loop.io.get_executor()};
  std::vector<std::string> ends;  ///< what stood in the file when a write was told to be over
};

asio::awaitable<void> KeptFileTest::all_at_once() {
  for (const char* text : {"one", "two", "three"}) {
    loop.beside(write(text));
    // Let it begin.
    while (kept.read(file) != text) co_await asio::post(loop.io, asio::use_awaitable);
  }
  EXPECT_EQ(ends.size(), 0U) << "nobody waited for the disk";
  while (ends.size() < 3) co_await asio::post(loop.io, asio::use_awaitable);
  co_await kept.join();
}

TEST_F(KeptFileTest, WhatWasGivenLastIsThereInTheEnd) {
  EXPECT_EQ(kept.read(file), "");
  loop.run(all_at_once());
  EXPECT_EQ(written(), "three");
  EXPECT_EQ(ends.back(), "three");
  EXPECT_EQ(kept.read(file), "three");
  struct stat facts{};
  ::stat(file.c_str(), &facts);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

asio::awaitable<void> KeptFileTest::by_one_who_gives_up() {
  asio::cancellation_signal gives_up;
  asio::co_spawn(loop.io, write("text"),
                 asio::bind_cancellation_slot(gives_up.slot(), [](const std::exception_ptr&) {}));
  while (kept.read(file) != "text") co_await asio::post(loop.io, asio::use_awaitable);
  gives_up.emit(asio::cancellation_type::all);
  co_await kept.join();
}

TEST_F(KeptFileTest, WhoGivesUpIsObeyedNevertheless) {
  loop.run(by_one_who_gives_up());
  EXPECT_EQ(written(), "text");
}

}  // namespace
}  // namespace postern::daemon::page
