// Certificates of clients: asked for only where that is wanted, and new with each connection.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pkcs8.h>
#include <openssl/ssl.h>
#include <openssl/stack.h>
#include <sys/stat.h>

#include <memory>
#include <optional>
#include <utility>

#include <asio/ssl/stream.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/net/device_identity.h"
#include "sync/net/own_certificate.h"
#include "tests/net/identity.h"

namespace postern::net::test {
namespace {

using Socket = asio::ip::tcp::socket;
using Wanted = Stream::ClientCertificate;
using Session = bssl::UniquePtr<SSL_SESSION>;

struct Seen {
  std::optional<ShownCertificate> certificate;
  bool failed = false;
};

asio::awaitable<void> serve(Listener& listener, const TlsServer& tls, Wanted wanted, Seen& seen) {
  auto stream = co_await listener.accept();
  seen.failed = true;
  co_await stream.start_tls(tls, ample, wanted);
  seen = {stream.client_certificate(), false};
  co_await stream.write("x", ample);
  (void)co_await read_exactly(stream, 1);
}

/// How a client saw it.
struct Visit {
  bool was_asked = false;
  bool resumed = false;
};

/// What the context holds is shown then.
int note_asked(SSL* /*tls*/, void* visit) {
  static_cast<Visit*>(visit)->was_asked = true;
  return 1;
}

int keep_session(SSL* tls, SSL_SESSION* session) {
  static_cast<Session*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(tls)))->reset(session);
  return 1;
}

asio::awaitable<void> visit(std::uint16_t port, SSL_CTX* context, const Session& session,
                            Visit& seen) {
  Socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
  asio::ssl::stream<Socket&> tls(socket, SSL_new(context));
  SSL_set_cert_cb(tls.native_handle(), note_asked, &seen);
  if (session) SSL_set_session(tls.native_handle(), session.get());
  co_await tls.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
  seen.resumed = SSL_session_reused(tls.native_handle()) == 1;
  char octet = 0;
  co_await tls.async_read_some(asio::buffer(&octet, 1), asio::use_awaitable);
  co_await asio::async_write(tls, asio::buffer(&octet, 1), asio::use_awaitable);
}

class ClientCertificate : public testing::TestWithParam<std::uint16_t> {
 protected:
  ClientCertificate()
      : server(server_of(folder, issue(usual_text(), nullptr))),
        phone(issue(device_text(), nullptr)) {
    SSL_CTX_set_min_proto_version(context.get(), GetParam());
    SSL_CTX_set_max_proto_version(context.get(), GetParam());
    SSL_CTX_set_app_data(context.get(), &session);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(context.get(), keep_session);
  }
  static CertificateText device_text() {
    CertificateText text = usual_text();
    text.role = CertificateText::Role::device;
    text.common_name = "anna/phone";
    text.names.clear();
    return text;
  }
  void show(const Identity& identity) {
    SSL_CTX_use_certificate(context.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), identity.key.get());
  }
  /// One connection from each end.
  std::pair<Seen, Visit> meet(Wanted wanted) {
    Loop loop;
    auto listener = loop.listen();
    std::pair<Seen, Visit> both;
    loop.beside(serve(listener, server, wanted, both.first));
    try {
      loop.run(visit(listener.port(), context.get(), session, both.second));
    } catch (const std::exception&) {
      both.first.failed = true;
    }
    return both;
  }

  TemporaryFolder folder;
  TlsServer server;
  Identity phone;
  bssl::UniquePtr<SSL_CTX> context{SSL_CTX_new(TLS_client_method())};
  Session session;
};

INSTANTIATE_TEST_SUITE_P(Versions, ClientCertificate,
                         testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

TEST_P(ClientCertificate, IsKnownWhereItIsAskedFor) {
  show(phone);
  const auto [seen, visit] = meet(Wanted::asked);
  EXPECT_FALSE(seen.failed);
  EXPECT_TRUE(visit.was_asked);
  ASSERT_TRUE(seen.certificate.has_value());
  EXPECT_EQ(seen.certificate->fingerprint, fingerprint_of(*phone.certificate));
  EXPECT_EQ(seen.certificate->life, life_of(*phone.certificate));
}

TEST_P(ClientCertificate, IsNotDemanded) {
  const auto [seen, visit] = meet(Wanted::asked);
  EXPECT_FALSE(seen.failed);
  EXPECT_TRUE(visit.was_asked);
  EXPECT_FALSE(seen.certificate.has_value());
}

TEST_P(ClientCertificate, IsNotAskedForElsewhere) {
  show(phone);
  const auto [seen, visit] = meet(Wanted::not_asked);
  EXPECT_FALSE(seen.failed);
  EXPECT_FALSE(visit.was_asked);
  EXPECT_FALSE(seen.certificate.has_value());
}

/// A31: what an earlier connection proved counts for nothing, whoever it was asked by.
TEST_P(ClientCertificate, A31IsProvenAnewByEachConnection) {
  show(phone);
  for (int times = 0; times < 2; ++times) {
    const auto [seen, visit] = meet(Wanted::asked);
    EXPECT_FALSE(visit.resumed);
    EXPECT_TRUE(seen.certificate.has_value());
    EXPECT_EQ(session, nullptr) << "nothing to come back with";
  }
  // Where nobody asks sessions are resumed, and of no use where somebody does.
  EXPECT_FALSE(meet(Wanted::not_asked).second.resumed);
  ASSERT_NE(session, nullptr);
  EXPECT_TRUE(meet(Wanted::not_asked).second.resumed);
  const auto [seen, visit] = meet(Wanted::asked);
  EXPECT_FALSE(visit.resumed);
  EXPECT_TRUE(seen.certificate.has_value());
}

TEST_P(ClientCertificate, OfAnyDateAndIssuerIsLeftToTheLogin) {
  CertificateText old = device_text();
  old.life = {wall_now() - std::chrono::days(20), wall_now() - std::chrono::days(10)};
  const Identity stranger = authority();
  show(issue(old, &stranger));
  const auto [seen, visit] = meet(Wanted::asked);
  EXPECT_FALSE(seen.failed);
  ASSERT_TRUE(seen.certificate.has_value());
  EXPECT_FALSE(is_valid(seen.certificate->life, wall_now()));
}

/// A chain is read before anybody has logged in: there is an end to it.
TEST_P(ClientCertificate, OfUnusualSizeEndsTheConnection) {
  CertificateText large = device_text();
  for (int i = 0; i < 1000; ++i)
    large.names.push_back("a-name-that-is-long-enough-" + std::to_string(i));
  show(issue(large, nullptr));
  EXPECT_TRUE(meet(Wanted::asked).first.failed);
}

TEST(DeviceIdentityTest, IsIssuedByTheOwnAuthorityForClientsOnly) {
  const TemporaryFolder folder;
  const Secret phrase("k7qm-x2vd-9htn-4wpc");
  const auto now = wall_now();
  const auto made =
      make_device_identity(folder.path / "state", "anna/phone", phrase, {"attic", {}}, now);
  ASSERT_TRUE(made.has_value()) << made.error().text();
  EXPECT_GT(made->certificate.life.end, now + std::chrono::days(5 * 365 - 2));
  const auto cert = folder.write("phone.pem", made->chain_pem);
  const auto key = folder.write("phone.key", std::string(made->key_pem.reveal()));
  const auto identity = read_identity(cert, key);
  ASSERT_TRUE(identity.has_value()) << "certificate and key belong together";
  EXPECT_EQ(fingerprint_of(*identity->certificate), made->certificate.fingerprint);
  const OwnFiles files(folder.path / "state");
  const auto own = read_identity(files.authority, files.authority_key);
  ASSERT_TRUE(own.has_value());
  EXPECT_EQ(X509_verify(identity->certificate.get(), own->key.get()), 1);
  EXPECT_EQ(X509_get_extended_key_usage(identity->certificate.get()), XKU_SSL_CLIENT);
  // Another one has another key, from the same authority.
  const auto again = make_device_identity(folder.path / "state", "anna/phone", phrase);
  EXPECT_NE(again->certificate.fingerprint, made->certificate.fingerprint);
  EXPECT_NE(again->key_pem.reveal(), made->key_pem.reveal());
  EXPECT_EQ(X509_verify(read_identity(folder.write("2.pem", again->chain_pem),
                                      folder.write("2.key", std::string(again->key_pem.reveal())))
                            ->certificate.get(),
                        own->key.get()),
            1);
}

TEST(DeviceIdentityTest, ItsFileOpensWithThePassPhraseAlone) {
  const TemporaryFolder folder;
  const Secret phrase("k7qm-x2vd-9htn-4wpc");
  const auto made = make_device_identity(folder.path, "anna/phone", phrase).value();
  const auto open = [&](const char* with) {
    CBS in;
    const auto octets = made.pkcs12.reveal();
    CBS_init(&in, reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size());
    EVP_PKEY* key = nullptr;
    const bssl::UniquePtr<STACK_OF(X509)> chain(sk_X509_new_null());
    const bool opened = PKCS12_get_key_and_certs(&key, chain.get(), &in, with) == 1;
    const bssl::UniquePtr<EVP_PKEY> owner(key);
    return opened && key != nullptr ? sk_X509_num(chain.get()) : 0;
  };
  EXPECT_EQ(open("k7qm-x2vd-9htn-4wpc"), 2U);
  EXPECT_EQ(open("k7qm-x2vd-9htn-4wpd"), 0U);
  EXPECT_EQ(open(""), 0U);
}

}  // namespace
}  // namespace postern::net::test
