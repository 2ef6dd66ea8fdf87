#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <asio/experimental/as_tuple.hpp>
#include <asio/ssl/stream.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include "tests/net/identity.h"

namespace postern::net::test {
namespace {

using Acceptor = asio::ip::tcp::acceptor;
using Socket = asio::ip::tcp::socket;

Acceptor raw_listener(Loop& loop) {
  return {loop.io, {asio::ip::address_v4::loopback(), 0}};
}

struct Versions {
  const char* name;
  std::uint16_t lowest;
  std::uint16_t highest;
  const char* agreed;  ///< nullptr: refused
};

const Versions versions[] = {
    {"TLS 1.0 only", TLS1_VERSION, TLS1_VERSION, nullptr},
    {"TLS 1.1 only", TLS1_1_VERSION, TLS1_1_VERSION, nullptr},
    {"TLS 1.0 to 1.1", TLS1_VERSION, TLS1_1_VERSION, nullptr},
    {"TLS 1.2", TLS1_VERSION, TLS1_2_VERSION, "TLSv1.2"},
    {"TLS 1.3", TLS1_3_VERSION, TLS1_3_VERSION, "TLSv1.3"},
};

bssl::UniquePtr<SSL_CTX> raw_context(const SSL_METHOD* method, const Versions& row) {
  bssl::UniquePtr<SSL_CTX> context(SSL_CTX_new(method));
  SSL_CTX_set_min_proto_version(context.get(), row.lowest);
  SSL_CTX_set_max_proto_version(context.get(), row.highest);
  return context;
}

asio::awaitable<void> raw_server(Acceptor& acceptor, SSL_CTX* context) {
  Socket socket = co_await acceptor.async_accept(asio::use_awaitable);
  asio::ssl::stream<Socket&> tls(socket, SSL_new(context));
  co_await tls.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
  char octet = 0;
  co_await tls.async_read_some(asio::buffer(&octet, 1), asio::use_awaitable);
}

asio::awaitable<void> secure_client(std::uint16_t port, const TlsClient& tls, TlsFacts& facts) {
  auto stream = co_await connect(port);
  co_await stream.start_tls(tls, ample);
  facts = stream.tls_facts();
  co_await stream.write("x", ample);
}

TEST(TlsPolicy, a_server_that_is_too_old_is_refused) {  // A18
  const TemporaryFolder folder;
  const Identity root = authority();
  const Identity leaf = issue(usual_text(), &root);
  const auto client =
      TlsClient::make(
          {"pop.example.net", folder.write("root.pem", certificate_pem(*root.certificate)), {}})
          .value();
  for (const auto& row : versions) {
    const auto context = raw_context(TLS_server_method(), row);
    SSL_CTX_use_certificate(context.get(), leaf.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), leaf.key.get());
    Loop loop;
    auto acceptor = raw_listener(loop);
    loop.beside(raw_server(acceptor, context.get()));
    TlsFacts facts;
    const auto end = ending(loop, secure_client(acceptor.local_endpoint().port(), client, facts));
    if (row.agreed != nullptr) {
      EXPECT_FALSE(end.failed) << row.name << ": " << end.text;
      EXPECT_EQ(facts.version, row.agreed) << row.name;
    } else {
      EXPECT_EQ(end.kind, ErrorKind::tls) << row.name << ": " << end.text;
      EXPECT_THAT(end.text, testing::HasSubstr("older than 1.2")) << row.name;
    }
  }
}

asio::awaitable<void> our_server(Listener& listener, const TlsServer& tls, TlsFacts& facts) {
  auto stream = co_await listener.accept();
  co_await stream.start_tls(tls, ample);
  facts = stream.tls_facts();
  (void)co_await read_exactly(stream, 1);
}

asio::awaitable<void> raw_client(std::uint16_t port, SSL_CTX* context, bool& agreed) {
  Socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
  asio::ssl::stream<Socket&> tls(socket, SSL_new(context));
  const auto [error] = co_await tls.async_handshake(
      asio::ssl::stream_base::client, asio::experimental::as_tuple(asio::use_awaitable));
  agreed = !error;
}

struct Offer {
  const char* name;
  std::uint16_t highest;
  const char* ciphers;
  bool agreed;
};

TEST(TlsPolicy, our_server_takes_only_modern_clients) {  // A19
  const Offer rows[] = {
      {"TLS 1.0", TLS1_VERSION, "ALL", false},
      {"TLS 1.1", TLS1_1_VERSION, "ALL", false},
      {"TLS 1.2, CBC", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA", false},
      {"TLS 1.2, no forward secrecy", TLS1_2_VERSION, "AES128-GCM-SHA256", false},
      {"TLS 1.2, AEAD", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", true},
      {"TLS 1.2, ChaCha", TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305", true},
      {"TLS 1.3", TLS1_3_VERSION, "ALL", true},
  };
  const TemporaryFolder folder;
  const auto server = server_of(folder, issue(usual_text(), nullptr));
  for (const auto& row : rows) {
    const auto context =
        raw_context(TLS_client_method(), {row.name, TLS1_VERSION, row.highest, nullptr});
    ASSERT_EQ(SSL_CTX_set_cipher_list(context.get(), row.ciphers), 1) << row.name;
    Loop loop;
    auto listener = loop.listen();
    TlsFacts facts;
    bool agreed = false;
    loop.beside(our_server(listener, server, facts));
    loop.run(raw_client(listener.port(), context.get(), agreed));
    EXPECT_EQ(agreed, row.agreed) << row.name;
  }
}

asio::awaitable<void> plain_greeting(Listener& listener) {
  auto stream = co_await listener.accept();
  co_await stream.write("+OK POP3 ready\r\n", ample);
  std::array<char, 4096> hello{};
  co_await stream.read_some(hello, ample);
}

asio::awaitable<void> say_nothing(Listener& listener) {
  auto stream = co_await listener.accept();
  co_await pause(300ms);
}

asio::awaitable<void> hang_up(Listener& listener) {
  auto stream = co_await listener.accept();
}

asio::awaitable<void> handshake(std::uint16_t port, const TlsClient& tls, Stream::Duration within) {
  auto stream = co_await connect(port);
  co_await stream.start_tls(tls, within);
}

TEST(TlsPolicy, a_peer_without_tls_is_told_apart) {
  const auto client = TlsClient::make({"pop.example.net", {}, {}}).value();
  {  // A17
    Loop loop;
    auto listener = loop.listen();
    loop.beside(plain_greeting(listener));
    const auto end = ending(loop, handshake(listener.port(), client, ample));
    EXPECT_EQ(end.kind, ErrorKind::tls);
    EXPECT_THAT(end.text, testing::HasSubstr("does not speak TLS"));
  }
  {  // A16
    Loop loop;
    auto listener = loop.listen();
    loop.beside(say_nothing(listener));
    const auto end = ending(loop, handshake(listener.port(), client, 30ms));
    EXPECT_EQ(end.kind, ErrorKind::timeout) << end.text;
  }
  {
    Loop loop;
    auto listener = loop.listen();
    loop.beside(hang_up(listener));
    const auto end = ending(loop, handshake(listener.port(), client, ample));
    EXPECT_EQ(end.kind, ErrorKind::tls) << end.text;
  }
}

/// A server and a client that trust each other, for what comes after the handshake.
class TlsPair : public testing::Test {
 protected:
  TlsPair()
      : root(authority()),
        server(server_of(folder, issue(usual_text(), &root))),
        client(TlsClient::make({"pop.example.net",
                                folder.write("root.pem", certificate_pem(*root.certificate)),
                                {}})
                   .value()),
        listener(loop.listen()) {}

  TemporaryFolder folder;
  Identity root;
  TlsServer server;
  TlsClient client;
  Loop loop;
  Listener listener;
};

enum class Goodbye { close_notify, cut };

asio::awaitable<void> send_and_end(Listener& listener, const TlsServer& tls, Goodbye goodbye) {
  auto stream = co_await listener.accept();
  co_await stream.start_tls(tls, ample);
  co_await stream.write("Subject: half a mess", ample);
  if (goodbye == Goodbye::close_notify) {
    co_await stream.shutdown();
  } else {
    stream.close();
  }
}

asio::awaitable<void> receive_to_end(std::uint16_t port, const TlsClient& tls, std::string& got) {
  auto stream = co_await connect(port);
  co_await stream.start_tls(tls, ample);
  std::array<char, 64> part{};
  for (;;) {
    const std::size_t count = co_await stream.read_some(part, ample);
    got.append(part.data(), count);
  }
}

TEST_F(TlsPair, an_end_without_close_notify_is_truncated) {  // A30
  std::string got;
  loop.beside(send_and_end(listener, server, Goodbye::cut));
  const auto end = ending(loop, receive_to_end(listener.port(), client, got));
  EXPECT_EQ(end.kind, ErrorKind::truncated) << end.text;
}

TEST_F(TlsPair, an_end_with_close_notify_is_closed) {
  std::string got;
  loop.beside(send_and_end(listener, server, Goodbye::close_notify));
  const auto end = ending(loop, receive_to_end(listener.port(), client, got));
  EXPECT_EQ(end.kind, ErrorKind::closed) << end.text;
  EXPECT_EQ(got, "Subject: half a mess");
}

constexpr std::size_t much = 8 << 20;

asio::awaitable<void> write_pattern(Stream& stream, int& done) {
  std::string block(much, '\0');
  for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<char>(i * 31 >> 7);
  co_await stream.write(block, ample);
  ++done;
}

asio::awaitable<void> check_pattern(Stream& stream, int& done) {
  const std::string block = co_await read_exactly(stream, much);
  for (std::size_t i = 0; i < block.size(); ++i) {
    if (block[i] != static_cast<char>(i * 31 >> 7)) throw std::runtime_error("octets differ");
  }
  ++done;
}

asio::awaitable<void> both_ways(Loop& loop, Stream stream) {
  int done = 0;
  loop.beside(write_pattern(stream, done));
  co_await check_pattern(stream, done);
  while (done < 2) co_await pause(1ms);
}

asio::awaitable<void> serve_both_ways(Loop& loop, Listener& listener, const TlsServer& tls) {
  auto stream = co_await listener.accept();
  co_await stream.start_tls(tls, ample);
  co_await both_ways(loop, std::move(stream));
}

asio::awaitable<void> speak_both_ways(Loop& loop, std::uint16_t port, const TlsClient& tls) {
  auto stream = co_await connect(port);
  co_await stream.start_tls(tls, ample);
  co_await both_ways(loop, std::move(stream));
}

TEST_F(TlsPair, reads_and_writes_run_beside_each_other) {
  loop.beside(serve_both_ways(loop, listener, server));
  const auto end = ending(loop, speak_both_ways(loop, listener.port(), client));
  EXPECT_FALSE(end.failed) << end.text;
}

asio::awaitable<void> silence_then_bye(Listener& listener, const TlsServer& tls, bool& timed_out) {
  auto stream = co_await listener.accept();
  co_await stream.start_tls(tls, ample);
  try {
    std::array<char, 8> octets{};
    co_await stream.read_some(octets, 30ms);
  } catch (const Error& error) {
    timed_out = error.kind() == ErrorKind::timeout;
  }
  co_await stream.write("* BYE\r\n", ample);
  co_await stream.shutdown();
}

TEST_F(TlsPair, after_a_read_timeout_a_last_word_goes_out) {
  bool timed_out = false;
  std::string got;
  loop.beside(silence_then_bye(listener, server, timed_out));
  const auto end = ending(loop, receive_to_end(listener.port(), client, got));
  EXPECT_TRUE(timed_out);
  EXPECT_EQ(got, "* BYE\r\n");
  EXPECT_EQ(end.kind, ErrorKind::closed) << end.text;
}

}  // namespace
}  // namespace postern::net::test
