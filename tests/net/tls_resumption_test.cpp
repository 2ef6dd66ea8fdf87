#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <optional>
#include <vector>

#include <asio/ssl/stream.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include "tests/net/identity.h"

namespace postern::net::test {
namespace {

using Socket = asio::ip::tcp::socket;
using Session = bssl::UniquePtr<SSL_SESSION>;

/// Serves one connection and notes whether its client came back with the session of an earlier one.
asio::awaitable<void> serve(asio::ip::tcp::acceptor& acceptor, SSL_CTX* context,
                            std::vector<bool>& resumed) {
  Socket socket = co_await acceptor.async_accept(asio::use_awaitable);
  asio::ssl::stream<Socket&> tls(socket, SSL_new(context));
  co_await tls.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
  resumed.push_back(SSL_session_reused(tls.native_handle()) == 1);
  char octet = 'x';
  co_await asio::async_write(tls, asio::buffer(&octet, 1), asio::use_awaitable);
  co_await tls.async_read_some(asio::buffer(&octet, 1), asio::use_awaitable);
}

asio::awaitable<void> visit(std::uint16_t port, const TlsClient& tls) {
  auto stream = co_await connect(port);
  co_await stream.start_tls(tls, ample);
  (void)co_await read_exactly(stream, 1);
}

asio::awaitable<void> visit_and_let_go(std::uint16_t port, std::optional<TlsClient>& tls) {
  auto stream = co_await connect(port);
  co_await stream.start_tls(*tls, ample);
  tls.reset();
  (void)co_await read_exactly(stream, 1);
}

int keep_session(SSL* tls, SSL_SESSION* session) {
  static_cast<Session*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(tls)))->reset(session);
  return 1;
}

/// As visit(), by a client that uses the session it got before.
asio::awaitable<void> visit_again(std::uint16_t port, SSL_CTX* context, Session& session) {
  Socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
  asio::ssl::stream<Socket&> tls(socket, SSL_new(context));
  if (session) SSL_set_session(tls.native_handle(), session.get());
  co_await tls.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
  char octet = 0;
  co_await tls.async_read_some(asio::buffer(&octet, 1), asio::use_awaitable);
}

class TlsResumption : public testing::TestWithParam<std::uint16_t> {
 protected:
  TlsResumption() : root(authority()), leaf(issue(usual_text(), &root)) {
    SSL_CTX_set_min_proto_version(context.get(), GetParam());
    SSL_CTX_set_max_proto_version(context.get(), GetParam());
    SSL_CTX_use_certificate(context.get(), leaf.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), leaf.key.get());
  }
  TlsClient client(std::optional<std::string> pin = {},
                   TlsTrust::Resumption resumption = TlsTrust::Resumption::never) const {
    return TlsClient::make({"pop.example.net",
                            folder.write("root.pem", certificate_pem(*root.certificate)),
                            std::move(pin), resumption})
        .value();
  }
  Ending served(asio::awaitable<void> visitor) {
    loop.beside(serve(acceptor, context.get(), resumed));
    return ending(loop, std::move(visitor));
  }
  [[nodiscard]] std::uint16_t port() const { return acceptor.local_endpoint().port(); }

  TemporaryFolder folder;
  Identity root;
  Identity leaf;
  bssl::UniquePtr<SSL_CTX> context{SSL_CTX_new(TLS_server_method())};
  Loop loop;
  asio::ip::tcp::acceptor acceptor{loop.io, {asio::ip::address_v4::loopback(), 0}};
  std::vector<bool> resumed;
};

INSTANTIATE_TEST_SUITE_P(Versions, TlsResumption, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

/// A31: each connection proves anew who the server is, though the server would take a session back.
TEST_P(TlsResumption, A31NoConnectionUsesTheSessionOfAnother) {
  const TlsClient one = client();
  const TlsClient other_account = client();
  const TlsClient other_policy = client(fingerprint_of(*root.certificate));
  for (const TlsClient* each : {&one, &one, &other_account})
    EXPECT_FALSE(served(visit(port(), *each)).failed);
  EXPECT_EQ(served(visit(port(), other_policy)).kind, ErrorKind::certificate);
  EXPECT_EQ(std::ranges::count(resumed, true), 0);
  EXPECT_GE(resumed.size(), 3U);
}

/// A31: what one client kept is of no use to another one, whatever it trusts.
TEST_P(TlsResumption, A31ConnectionsOfOneClientAreResumedOnRequest) {
  constexpr auto within = TlsTrust::Resumption::within_client;
  const TlsClient one = client({}, within);
  const TlsClient other_account = client({}, within);
  const TlsClient other_policy = client(fingerprint_of(*leaf.certificate), within);
  for (const TlsClient* each : {&one, &one, &other_account, &other_policy, &one, &other_policy})
    EXPECT_FALSE(served(visit(port(), *each)).failed);
  EXPECT_THAT(resumed, testing::ElementsAre(false, true, false, false, true, true));
}

/// A connection may outlive the client that it began with, and then get something to keep.
TEST_P(TlsResumption, AClientMayGoBeforeItsConnections) {
  auto gone = std::make_optional(client({}, TlsTrust::Resumption::within_client));
  EXPECT_FALSE(served(visit_and_let_go(port(), gone)).failed);
  EXPECT_FALSE(gone);
}

TEST_P(TlsResumption, ThatServerWouldTakeASessionBack) {
  const bssl::UniquePtr<SSL_CTX> willing(SSL_CTX_new(TLS_client_method()));
  Session session;
  SSL_CTX_set_app_data(willing.get(), &session);
  SSL_CTX_set_session_cache_mode(willing.get(), SSL_SESS_CACHE_CLIENT);
  SSL_CTX_sess_set_new_cb(willing.get(), keep_session);
  for (int i = 0; i < 2; ++i)
    EXPECT_FALSE(served(visit_again(port(), willing.get(), session)).failed);
  EXPECT_THAT(resumed, testing::ElementsAre(false, true));
}

}  // namespace
}  // namespace postern::net::test
