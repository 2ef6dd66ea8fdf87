#include <gtest/gtest.h>
#include <openssl/digest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <string>
#include <vector>

#include <asio/ssl/stream.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include "sync/net/tls.h"
#include "tests/net/identity.h"
#include "tests/net/loop.h"

namespace postern::net::test {
namespace {

using Socket = asio::ip::tcp::socket;

std::string text_of(const std::uint8_t* octets, std::size_t count) {
  return {reinterpret_cast<const char*>(octets), count};
}

/// What RFC 9266 section 2 and RFC 5929 section 3 say, seen from the other end.
TlsBinding expected_binding(SSL* session) {
  std::array<std::uint8_t, 64> out{};
  if (SSL_version(session) == TLS1_3_VERSION) {
    const std::string label = "EXPORTER-Channel-Binding";
    SSL_export_keying_material(session, out.data(), 32, label.data(), label.size(), nullptr, 0, 1);
    return {"tls-exporter", text_of(out.data(), 32)};
  }
  std::size_t count = 0;
  SSL_get_tls_unique(session, out.data(), &count, out.size());
  return {"tls-unique", text_of(out.data(), count)};
}

std::string sha_256(const X509& certificate) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> out{};
  unsigned count = 0;
  X509_digest(&certificate, EVP_sha256(), out.data(), &count);
  return text_of(out.data(), count);
}

asio::awaitable<void> bound_server(asio::ip::tcp::acceptor& acceptor, SSL_CTX* context,
                                   TlsBinding& binding) {
  Socket socket = co_await acceptor.async_accept(asio::use_awaitable);
  asio::ssl::stream<Socket&> tls(socket, SSL_new(context));
  co_await tls.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
  char octet = 0;
  co_await tls.async_read_some(asio::buffer(&octet, 1), asio::use_awaitable);
  binding = expected_binding(tls.native_handle());
  co_await asio::async_write(socket, asio::buffer("x", 1), asio::use_awaitable);
}

asio::awaitable<void> bound_client(std::uint16_t port, const TlsClient& tls,
                                   std::vector<TlsBinding>& before,
                                   std::vector<TlsBinding>& bindings) {
  auto stream = co_await connect(port);
  before = stream.tls_bindings();
  co_await stream.start_tls(tls, ample);
  bindings = stream.tls_bindings();
  co_await stream.write("x", ample);
  std::array<char, 1> octet{};
  try {
    (void)co_await stream.read_some(octet, ample);
  } catch (const Error&) {
    // What the server wrote last is no TLS: it has seen everything.
  }
}

TEST(TlsBinding, BothEndsHaveTheSame) {
  struct Row {
    const char* name;
    std::uint16_t version;
    const char* type;
  };
  const Row rows[] = {{"TLS 1.2", TLS1_2_VERSION, "tls-unique"},
                      {"TLS 1.3", TLS1_3_VERSION, "tls-exporter"}};
  const TemporaryFolder folder;
  const Identity root = authority();
  const Identity leaf = issue(usual_text(), &root);
  const auto client =
      TlsClient::make(
          {"pop.example.net", folder.write("root.pem", certificate_pem(*root.certificate)), {}})
          .value();
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const bssl::UniquePtr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_max_proto_version(context.get(), row.version);
    SSL_CTX_use_certificate(context.get(), leaf.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), leaf.key.get());
    Loop loop;
    asio::ip::tcp::acceptor acceptor(loop.io, {asio::ip::address_v4::loopback(), 0});
    TlsBinding seen;
    std::vector<TlsBinding> before;
    std::vector<TlsBinding> bindings;
    loop.beside(bound_server(acceptor, context.get(), seen));
    const auto end =
        ending(loop, bound_client(acceptor.local_endpoint().port(), client, before, bindings));
    EXPECT_FALSE(end.failed) << end.text;
    EXPECT_TRUE(before.empty());
    ASSERT_EQ(bindings.size(), 2U);
    EXPECT_EQ(bindings[0].type, row.type);
    EXPECT_FALSE(bindings[0].data.empty());
    EXPECT_EQ(seen.type, bindings[0].type);
    EXPECT_EQ(seen.data, bindings[0].data);
    EXPECT_EQ(bindings[1].type, "tls-server-end-point");
    EXPECT_EQ(bindings[1].data, sha_256(*leaf.certificate));
  }
}

asio::awaitable<void> serve(Listener& listener, const TlsServer& tls,
                            std::vector<TlsBinding>& bindings) {
  Stream stream = co_await listener.accept();
  co_await stream.start_tls(tls, ample);
  std::array<char, 1> octet{};
  (void)co_await stream.read_some(octet, ample);
  bindings = stream.tls_bindings();
  co_await stream.write("x", ample);
}

TEST(TlsBinding, AServerHasThatOfItsOwnCertificate) {  // RFC 5929 section 4.1
  const TemporaryFolder folder;
  const auto server = TlsServer::automatic(folder.path / "tls").value();
  TlsTrust trust;
  trust.host = "127.0.0.1";
  trust.pin = server.facts().fingerprint;
  const auto client = TlsClient::make(trust).value();
  Loop loop;
  Listener listener = loop.listen();
  std::vector<TlsBinding> servers;
  std::vector<TlsBinding> before;
  std::vector<TlsBinding> clients;
  loop.beside(serve(listener, server, servers));
  const auto end = ending(loop, bound_client(listener.port(), client, before, clients));
  EXPECT_FALSE(end.failed) << end.text;
  ASSERT_EQ(servers.size(), 2U);
  ASSERT_EQ(clients.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(servers[i].type, clients[i].type);
    EXPECT_EQ(servers[i].data, clients[i].data);
  }
  EXPECT_EQ(servers[1].type, "tls-server-end-point");
}

}  // namespace
}  // namespace postern::net::test
