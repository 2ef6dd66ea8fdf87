// Devices that log in with a certificate (AUTHENTICATE EXTERNAL).

#include <gtest/gtest.h>

#include "sync/net/certificate.h"
#include "tests/imap/served.h"
#include "tests/net/certified_peer.h"
#include "tests/net/identity.h"

namespace postern::imap::test {
namespace {

net::Identity made(const char* name) {
  net::CertificateText text = net::test::usual_text();
  text.role = net::CertificateText::Role::device;
  text.common_name = name;
  text.names.clear();
  return net::issue(text, nullptr);
}

class Certificates : public testing::Test {
 protected:
  Certificates() { know(store::DeviceRights::full); }

  /// The phone is the one device that there is.
  void know(store::DeviceRights rights) {
    store::Device device;
    device.name = "phone";
    device.rights = rights;
    device.certificate = {.fingerprint = net::fingerprint_of(*phone.certificate)};
    set({device});
  }
  void set(const std::vector<store::Device>& devices) {
    served.on_network([&] { served.directory().set_devices("anna", devices); });
  }

  Served served{{}, Served::Tls::automatic};
  const net::Identity phone = made("phone");
};

bool offers(net::test::CertifiedPeer& peer) {
  return peer.line().find(" AUTH=EXTERNAL ") != std::string::npos;
}

TEST_F(Certificates, LogIn) {
  net::test::CertifiedPeer peer(served.tls_port(), phone);
  EXPECT_TRUE(offers(peer));
  EXPECT_TRUE(
      peer.command("a AUTHENTICATE EXTERNAL YmVu").starts_with("a NO [AUTHENTICATIONFAILED]"));
  EXPECT_TRUE(peer.command("b AUTHENTICATE EXTERNAL =").starts_with("b OK"));
  EXPECT_TRUE(peer.command("c SELECT INBOX").starts_with("c OK [READ-WRITE]"));
  const auto facts = served.on_network([&] { return served.server().sessions(); });
  ASSERT_EQ(facts.size(), 1U);
  EXPECT_EQ(facts[0].device, "phone");
  // Who logs out of the account may log in again.
  EXPECT_TRUE(peer.command("d UNAUTHENTICATE").starts_with("d OK"));
  peer.send("e AUTHENTICATE EXTERNAL\r\n");
  EXPECT_EQ(peer.line(), "+ ");
  peer.send("YW5uYQ==\r\n");
  EXPECT_TRUE(peer.command("f NOOP").starts_with("f OK"));
  EXPECT_TRUE(peer.command("g SELECT INBOX").starts_with("g OK"));
}

TEST_F(Certificates, RightsHoldAsWithPasswords) {
  know(store::DeviceRights::read_only);
  served.deliver("INBOX", "Subject: one\r\n\r\n");
  net::test::CertifiedPeer reader(served.tls_port(), phone);
  EXPECT_TRUE(reader.command("a AUTHENTICATE EXTERNAL =").starts_with("a OK"));
  EXPECT_TRUE(reader.command("b SELECT INBOX").starts_with("b OK [READ-ONLY]"));
  EXPECT_TRUE(reader.command("c STORE 1 +FLAGS (\\Seen)").starts_with("c NO"));
  know(store::DeviceRights::send_only);
  net::test::CertifiedPeer scanner(served.tls_port(), phone);
  EXPECT_TRUE(scanner.command("a AUTHENTICATE EXTERNAL =").starts_with("a NO [NOPERM]"));
}

TEST_F(Certificates, OfAStrangerAreWorthNothing) {
  const net::Identity stranger = made("phone");
  net::test::CertifiedPeer peer(served.tls_port(), stranger);
  EXPECT_FALSE(offers(peer));
  EXPECT_TRUE(peer.command("a AUTHENTICATE EXTERNAL =").starts_with("a NO [AUTHENTICATIONFAILED]"));
  EXPECT_TRUE(peer.command("b LOGIN anna sesame").starts_with("b OK"))
      << "a password will do still";
}

TEST_F(Certificates, EndWithTheirDevice) {
  net::test::CertifiedPeer waiting(served.tls_port(), phone);
  net::test::CertifiedPeer peer(served.tls_port(), phone);
  EXPECT_TRUE(peer.command("a AUTHENTICATE EXTERNAL =").starts_with("a OK"));
  set({});
  served.on_network([&] { served.server().end_sessions("anna", "phone"); });
  while (peer.line() != "<end>") {
  }
  EXPECT_TRUE(waiting.command("a AUTHENTICATE EXTERNAL =").starts_with("a NO"));
}

TEST_F(Certificates, AreNotAskedForWhereNoDeviceHasOne) {
  set({});
  net::test::CertifiedPeer peer(served.tls_port(), phone);
  EXPECT_FALSE(offers(peer));
  EXPECT_TRUE(peer.command("a AUTHENTICATE EXTERNAL =").starts_with("a NO [CANNOT]"));
}

}  // namespace
}  // namespace postern::imap::test
