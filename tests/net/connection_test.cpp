#include <gtest/gtest.h>
#include <sys/socket.h>

#include <deque>

#include "sync/net/connect_to_any.h"
#include "sync/net/dial.h"
#include "sync/net/resolve.h"
#include "sync/net/task_group.h"
#include "tests/net/loop.h"

namespace postern::net::test {
namespace {

asio::awaitable<void> dial_only(std::string host, std::uint16_t port, Stream::Duration within) {
  Endpoint there;
  there.host = host;
  there.port = port;
  auto stream = co_await dial(there, within);
  stream.close();
}

TEST(Dial, nobody_listens) {
  Loop loop;
  const std::uint16_t free_port = loop.listen().port();
  const auto end = ending(loop, dial_only("127.0.0.1", free_port, ample));
  EXPECT_EQ(end.kind, ErrorKind::connect) << end.text;
  EXPECT_NE(end.text.find("127.0.0.1"), std::string::npos) << end.text;
}

TEST(Dial, a_name_is_looked_up) {
  Loop loop;
  auto listener = loop.listen();
  const auto end = ending(loop, dial_only("localhost", listener.port(), ample));
  EXPECT_FALSE(end.failed) << end.text;
}

TEST(Dial, an_impossible_name_is_not_found) {
  Loop loop;
  // RFC 6761 section 6.4: never exists. The space keeps it from any name server.
  const auto end = ending(loop, dial_only("no such host.invalid", 110, ample));
  EXPECT_EQ(end.kind, ErrorKind::resolve) << end.text;
}

/// A listener that never accepts and whose queue is full: connecting to it hangs.
class Deaf {
 public:
  explicit Deaf(asio::io_context& io,
                asio::ip::tcp::endpoint where = {asio::ip::address_v4::loopback(), 0})
      : acceptor_(io, where) {
    acceptor_.listen(0);
    const auto endpoint = acceptor_.local_endpoint();
    for (int i = 0; i < 4; ++i) {
      auto& socket = filling_.emplace_back(io);
      socket.open(asio::ip::tcp::v4());
      socket.non_blocking(true);
      // Asio's own connect would wait.
      (void)::connect(socket.native_handle(), endpoint.data(),
                      static_cast<socklen_t>(endpoint.size()));
    }
  }
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  asio::ip::tcp::acceptor acceptor_;
  std::deque<asio::ip::tcp::socket> filling_;
};

TEST(Dial, a_full_backlog_is_a_timeout) {
  Loop loop;
  const Deaf deaf(loop.io);
  const auto end = ending(loop, dial_only("127.0.0.1", deaf.port(), 50ms));
  EXPECT_EQ(end.kind, ErrorKind::timeout) << end.text;
}

asio::awaitable<void> dial_any(std::vector<std::string> addresses, std::uint16_t port,
                               std::string& reached) {
  std::vector<asio::ip::address> parsed;
  for (const std::string& address : addresses) parsed.push_back(asio::ip::make_address(address));
  Endpoint there;
  there.host = "a.example";
  there.port = port;
  auto stream = co_await connect_to_any(parsed, there, std::chrono::steady_clock::now() + ample);
  reached = stream.peer_address();
}

TEST(Dial, AnAddressThatRefusesOrHangsLeadsToTheNext) {  // RFC 8305 section 5
  Loop loop;
  auto listener = loop.listen();
  const Deaf deaf(loop.io, {asio::ip::make_address("127.0.0.2"), listener.port()});
  const std::vector<std::string> rows[] = {
      {"127.0.0.3", "127.0.0.1"},
      {"127.0.0.2", "127.0.0.1"},
      {"127.0.0.3", "127.0.0.2", "127.0.0.3", "127.0.0.1"},
      {"127.0.0.1", "127.0.0.2"},
  };
  for (const auto& addresses : rows) {
    std::string reached;
    loop.run(dial_any(addresses, listener.port(), reached));
    EXPECT_EQ(reached, "127.0.0.1") << addresses.front();
  }
}

asio::awaitable<void> look_up(std::string host, std::vector<asio::ip::address>& out) {
  out = co_await resolve(host, ample);
}

TEST(Resolve, literals_need_no_resolver) {
  for (const char* literal : {"192.0.2.1", "2001:db8::1", "::ffff:127.0.0.1"}) {
    Loop loop;
    std::vector<asio::ip::address> found;
    loop.run(look_up(literal, found));
    ASSERT_EQ(found.size(), 1U) << literal;
    EXPECT_EQ(found.front().to_string(), literal);
  }
}

asio::awaitable<void> cancel_soon(TaskGroup& group) {
  co_await pause(5ms);
  group.cancel();
  co_await group.join();
}

TEST(Dial, can_be_cancelled_while_it_waits) {
  Loop loop;
  const Deaf deaf(loop.io);
  TaskGroup group(loop.io.get_executor(), "test");
  group.spawn("dials", dial_only("127.0.0.1", deaf.port(), 1h));
  loop.run(cancel_soon(group));
  EXPECT_EQ(group.running(), 0U);
}

}  // namespace
}  // namespace postern::net::test
