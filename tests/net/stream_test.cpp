#include "sync/net/stream.h"

#include <gtest/gtest.h>

#include <vector>

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include "tests/net/loop.h"

namespace postern::net::test {
namespace {

asio::awaitable<void> greet(Listener& listener) {
  auto stream = co_await listener.accept();
  co_await stream.write("+OK hello\r\n", ample);
  co_await stream.shutdown();
}

asio::awaitable<void> read_greeting(std::uint16_t port, std::string& got) {
  auto stream = co_await connect(port);
  got = co_await read_exactly(stream, 11);
  std::array<char, 10> rest{};
  co_await stream.read_some(rest, ample);
}

TEST(Stream, octets_arrive_and_the_end_is_closed) {
  Loop loop;
  auto listener = loop.listen();
  std::string got;
  loop.beside(greet(listener));
  const auto end = ending(loop, read_greeting(listener.port(), got));
  EXPECT_EQ(got, "+OK hello\r\n");
  EXPECT_EQ(end.kind, ErrorKind::closed) << end.text;
}

asio::awaitable<void> lose_the_other_side(Listener& listener) {
  using Side = Stream::OtherSide;
  auto far = co_await connect(listener.port());
  auto near = co_await listener.accept();
  EXPECT_EQ(near.other_side(), Side::there);
  co_await far.write("unread", ample);
  EXPECT_EQ(near.other_side(), Side::there);
  far.close();
  while (near.other_side() == Side::there) co_await asio::post(asio::use_awaitable);
  EXPECT_EQ(near.other_side(), Side::silent);
  co_await near.write("x", ample);
  while (near.other_side() == Side::silent) co_await asio::post(asio::use_awaitable);
  EXPECT_EQ(near.other_side(), Side::gone);
  near.close();
  EXPECT_EQ(near.other_side(), Side::gone);
}

TEST(Stream, knows_whether_the_other_side_is_there_without_reading) {
  Loop loop;
  auto listener = loop.listen();
  loop.run(lose_the_other_side(listener));
}

asio::awaitable<void> hold(Listener& listener, std::vector<Stream>& held) {
  for (;;) held.push_back(co_await listener.accept());
}

asio::awaitable<void> read_with_deadline(std::uint16_t port, Listener& listener,
                                         Stream::Duration within) {
  auto stream = co_await connect(port);
  std::array<char, 10> octets{};
  std::exception_ptr failure;
  try {
    co_await stream.read_some(octets, within);
  } catch (...) {
    failure = std::current_exception();
  }
  // A last word is still possible: this is how a server says BYE to a client that fell silent.
  co_await stream.write("* BYE\r\n", ample);
  listener.close();
  if (failure) std::rethrow_exception(failure);
}

TEST(Stream, a_silent_peer_is_a_timeout_and_can_still_be_written_to) {
  Loop loop;
  auto listener = loop.listen();
  std::vector<Stream> held;
  loop.beside(hold(listener, held));
  const auto begun = std::chrono::steady_clock::now();
  const auto end = ending(loop, read_with_deadline(listener.port(), listener, 30ms));
  EXPECT_EQ(end.kind, ErrorKind::timeout) << end.text;
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 30ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
}

asio::awaitable<void> long_then_short(std::uint16_t port, Listener& listener) {
  auto stream = co_await connect(port);
  std::array<char, 1> octet{};
  co_await stream.read_some(octet, 1h);
  // The watchdog still stands for the hour of the wait before: it has to come sooner now.
  listener.close();
  co_await stream.read_some(octet, 20ms);
}

asio::awaitable<void> one_octet(Listener& listener) {
  auto stream = co_await listener.accept();
  co_await stream.write("x", ample);
  std::array<char, 1> octet{};
  co_await stream.read_some(octet, ample);
}

TEST(Stream, a_short_deadline_after_a_long_one_is_kept) {
  Loop loop;
  auto listener = loop.listen();
  loop.beside(one_octet(listener));
  const auto end = ending(loop, long_then_short(listener.port(), listener));
  EXPECT_EQ(end.kind, ErrorKind::timeout) << end.text;
}

asio::awaitable<void> write_much(Listener& listener, std::size_t& written) {
  auto stream = co_await listener.accept();
  const std::string block(1 << 20, 'x');
  for (;;) {
    co_await stream.write(block, 100ms);
    written += block.size();
  }
}

asio::awaitable<void> connect_and_keep(std::uint16_t port, std::vector<Stream>& held) {
  held.push_back(co_await connect(port));
}

TEST(Stream, a_reader_that_never_reads_ends_the_write) {  // C16
  Loop loop;
  auto listener = loop.listen();
  std::vector<Stream> held;
  std::size_t written = 0;
  loop.beside(connect_and_keep(listener.port(), held));
  const auto end = ending(loop, write_much(listener, written));
  EXPECT_EQ(end.kind, ErrorKind::timeout) << end.text;
}

asio::awaitable<void> read_slowly(std::uint16_t port, std::size_t wanted, std::size_t& got) {
  auto stream = co_await connect(port);
  std::vector<char> part(256 * 1024);
  while (got < wanted) {
    got += co_await stream.read_some(part, ample);
    co_await pause(2ms);
  }
}

asio::awaitable<void> write_once(Listener& listener, std::size_t count) {
  auto stream = co_await listener.accept();
  const std::string block(count, 'x');
  co_await stream.write(block, 150ms);
}

TEST(Stream, a_slow_reader_that_makes_progress_is_served) {
  // 32 MiB take far longer than 150 ms; each step takes less.
  Loop loop;
  auto listener = loop.listen();
  constexpr std::size_t count = 32 << 20;
  std::size_t got = 0;
  loop.beside(read_slowly(listener.port(), count, got));
  const auto end = ending(loop, write_once(listener, count));
  EXPECT_FALSE(end.failed) << end.text;
  EXPECT_EQ(got, count);
}

asio::awaitable<void> close_soon(Stream& stream, Listener& listener) {
  co_await pause(5ms);
  stream.close();
  listener.close();
}

asio::awaitable<void> read_while_closed(Loop& loop, std::uint16_t port, Listener& listener) {
  auto stream = co_await connect(port);
  loop.beside(close_soon(stream, listener));
  std::array<char, 10> octets{};
  co_await stream.read_some(octets, ample);
}

TEST(Stream, close_ends_a_wait) {
  Loop loop;
  auto listener = loop.listen();
  std::vector<Stream> held;
  loop.beside(hold(listener, held));
  const auto end = ending(loop, read_while_closed(loop, listener.port(), listener));
  EXPECT_EQ(end.kind, ErrorKind::cancelled) << end.text;
}

asio::awaitable<void> read_all(Stream& stream, std::string& got) {
  std::array<char, 100> octets{};
  for (;;) {
    const std::size_t count = co_await stream.read_some(octets, ample);
    got.append(octets.data(), count);
  }
}

asio::awaitable<void> half_open_server(Listener& listener, std::string& got) {
  auto stream = co_await listener.accept();
  std::exception_ptr ended;
  try {
    co_await read_all(stream, got);
  } catch (const Error&) {
    ended = std::current_exception();
  }
  // The client ended its direction only; ours still works.
  co_await stream.write("+OK", ample);
}

asio::awaitable<void> half_open_client(std::uint16_t port, std::string& got) {
  asio::ip::tcp::socket raw(co_await asio::this_coro::executor);
  raw.connect({asio::ip::address_v4::loopback(), port});
  raw.send(asio::buffer("QUIT", 4));
  raw.shutdown(asio::ip::tcp::socket::shutdown_send);
  Stream stream(std::move(raw));
  got = co_await read_exactly(stream, 3);
}

TEST(Stream, a_half_open_connection_still_carries_the_answer) {
  Loop loop;
  auto listener = loop.listen();
  std::string at_server;
  std::string at_client;
  loop.beside(half_open_server(listener, at_server));
  loop.run(half_open_client(listener.port(), at_client));
  EXPECT_EQ(at_server, "QUIT");
  EXPECT_EQ(at_client, "+OK");
}

asio::awaitable<void> last_words(Listener& listener) {
  auto stream = co_await listener.accept();
  std::array<char, 1> octet{};
  co_await stream.read_some(octet, ample);
  co_await stream.write("-ERR too much\r\n", ample);
  co_await stream.shutdown();
}

asio::awaitable<void> talk_too_much(std::uint16_t port, std::string& got) {
  auto stream = co_await connect(port);
  const std::string flood(100'000, 'x');
  co_await stream.write(flood, ample);
  got = co_await read_exactly(stream, 15);
}

TEST(Stream, shutdown_delivers_the_last_words_though_octets_are_unread) {
  Loop loop;
  auto listener = loop.listen();
  std::string got;
  loop.beside(last_words(listener));
  loop.run(talk_too_much(listener.port(), got));
  EXPECT_EQ(got, "-ERR too much\r\n");
}

asio::awaitable<void> who_is_there(Listener& listener, bool& loopback, std::string& address) {
  auto stream = co_await listener.accept();
  loopback = stream.loopback();
  address = stream.peer_address();
}

asio::awaitable<void> connect_to(std::string host, std::uint16_t port, std::vector<Stream>& held) {
  Endpoint there;
  there.host = host;
  there.port = port;
  held.push_back(co_await dial(there, ample));
}

TEST(Stream, loopback_is_seen_on_all_its_addresses) {  // B2
  for (const char* bound : {"127.0.0.1", "127.3.2.1", "[::1]"}) {
    Loop loop;
    auto listener = Listener::open(loop.io.get_executor(), std::string(bound) + ":0");
    if (!listener) continue;  // a machine without IPv6
    bool loopback = false;
    std::string address;
    std::string host = bound;
    if (host.front() == '[') host = host.substr(1, host.size() - 2);
    loop.beside(who_is_there(*listener, loopback, address));
    std::vector<Stream> held;
    loop.run(connect_to(host, listener->port(), held));
    EXPECT_TRUE(loopback) << bound;
  }
}

}  // namespace
}  // namespace postern::net::test
