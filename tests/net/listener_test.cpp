#include "sync/net/listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <vector>

#include "tests/net/loop.h"

namespace postern::net::test {
namespace {

struct BadAddress {
  const char* name;
  const char* address;
};

TEST(Listener, refuses_what_is_no_address) {
  const BadAddress rows[] = {
      {"nothing", ""},
      {"no port", "127.0.0.1"},
      {"empty port", "127.0.0.1:"},
      {"port too large", "127.0.0.1:65536"},
      {"port with a tail", "127.0.0.1:80x"},
      {"IPv6 without brackets", "::1:80"},
      {"IPv4 in brackets", "[127.0.0.1]:80"},
      {"a name", "localhost:1143"},
  };
  asio::io_context io;
  for (const auto& row : rows) {
    const auto listener = Listener::open(io.get_executor(), row.address);
    ASSERT_FALSE(listener.has_value()) << row.name;
    EXPECT_FALSE(listener.error().advice.empty()) << row.name;
  }
}

TEST(Listener, says_that_a_port_is_taken) {
  asio::io_context io;
  const auto first = Listener::open(io.get_executor(), "127.0.0.1:0").value();
  const auto second = Listener::open(io.get_executor(), first.address());
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().what.find(first.address()), std::string::npos);
  EXPECT_NE(second.error().advice.find("stop the program"), std::string::npos);
}

asio::awaitable<void> accept_for_ever(Listener& listener, int& accepted) {
  for (;;) {
    auto stream = co_await listener.accept();
    ++accepted;
  }
}

asio::awaitable<void> close_now(Listener& listener) {
  co_await pause(1ms);
  listener.close();
}

TEST(Listener, close_ends_accept) {
  Loop loop;
  auto listener = loop.listen();
  int accepted = 0;
  loop.beside(close_now(listener));
  EXPECT_EQ(ending(loop, accept_for_ever(listener, accepted)).kind, ErrorKind::cancelled);
}

/// Takes every descriptor that is left, so that accept fails with EMFILE.
class Exhaustion {
 public:
  Exhaustion() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit low = before_;
    low.rlim_cur = 64;
    ::setrlimit(RLIMIT_NOFILE, &low);
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) taken_.push_back(fd);
  }
  ~Exhaustion() {
    release();
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  void release() {
    for (const int fd : taken_) ::close(fd);
    taken_.clear();
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

asio::awaitable<void> run_out(Listener& listener, int& accepted, int& while_out) {
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::socket client(executor);
  client.open(asio::ip::tcp::v4());
  Exhaustion exhaustion;
  client.connect({asio::ip::address_v4::loopback(), listener.port()});
  co_await pause(50ms);
  while_out = accepted;
  exhaustion.release();
  while (accepted == 0) co_await pause(5ms);
  listener.close();
}

TEST(Listener, pauses_when_descriptors_run_out_and_goes_on) {  // C19
  Loop loop;
  auto listener = loop.listen();
  int accepted = 0;
  int while_out = -1;
  loop.beside(accept_for_ever(listener, accepted));
  loop.run(run_out(listener, accepted, while_out));
  EXPECT_EQ(while_out, 0);
  EXPECT_EQ(accepted, 1);
}

TEST(Listener, descriptors_do_not_reach_child_processes) {  // G9
  asio::io_context io;
  const int before = ::dup(0);
  ::close(before);
  const auto listener = Listener::open(io.get_executor(), "127.0.0.1:0").value();
  bool seen = false;
  for (int fd = before; fd < before + 8; ++fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) continue;
    seen = true;
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace postern::net::test
