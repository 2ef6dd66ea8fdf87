#include <string>

#include <gtest/gtest.h>

#include "tests/imap/peer.h"
#include "tests/imap/served.h"

namespace postern::imap::test {
namespace {

using namespace std::chrono_literals;
bool has(const std::string& list, const std::string& name) {
  return (list + " ").find(" " + name + " ") != std::string::npos;
}

TEST(Tls, A5StartTlsBeginsAnew) {
  Served served({}, Served::Tls::automatic);
  Peer peer(served, served.port());
  EXPECT_TRUE(peer.line().starts_with("* OK"));
  peer.command("a CAPABILITY");
  EXPECT_TRUE(has(peer.capabilities, "STARTTLS"));
  peer.command("b ID (\"name\" \"iPhone Mail\")");
  EXPECT_EQ(peer.command("c STARTTLS"), "c OK Begin TLS now");
  ASSERT_TRUE(peer.start_tls());
  const auto facts = served.on_network([&] { return served.server().sessions(); });
  ASSERT_EQ(facts.size(), 1U);
  EXPECT_EQ(facts[0].program, "");
  EXPECT_EQ(facts[0].profile, "");
  EXPECT_EQ(peer.command("d SELECT INBOX"), "d BAD SELECT is not possible in this state");
  peer.command("e CAPABILITY");
  EXPECT_FALSE(has(peer.capabilities, "STARTTLS"));
  EXPECT_FALSE(has(peer.capabilities, "LOGINDISABLED"));
  // A4
  EXPECT_EQ(peer.command("f STARTTLS"), "f BAD TLS is active already");
  EXPECT_TRUE(peer.command("g LOGIN anna sesame").starts_with("g OK"));
  EXPECT_EQ(peer.command("h STARTTLS"), "h BAD STARTTLS is not possible in this state");
  EXPECT_TRUE(served.on_network([&] { return served.server().sessions(); })[0].secure);
}

TEST(Tls, A1A2A3NothingBehindStartTlsIsDone) {
  Served served({}, Served::Tls::automatic);
  for (const char* behind : {"b NOOP\r\n", "b LOGIN anna {6}\r\n", "b STARTTLS\r\n", "b"}) {
    Peer peer(served, served.port());
    EXPECT_TRUE(peer.line().starts_with("* OK"));
    peer.send(std::string("a STARTTLS\r\n") + behind);
    EXPECT_EQ(peer.line(), "* BYE Nothing may follow STARTTLS before TLS is up") << behind;
    EXPECT_TRUE(peer.line().starts_with("a BAD")) << behind;
    EXPECT_EQ(peer.line(), "<end>") << behind;
  }
}

TEST(Tls, ImapsSpeaksTlsFromTheStart) {
  Served served({}, Served::Tls::automatic);
  Peer peer(served, served.tls_port());
  ASSERT_TRUE(peer.start_tls());
  EXPECT_TRUE(peer.line().starts_with("* OK"));
  EXPECT_TRUE(peer.command("a LOGIN anna sesame").starts_with("a OK"));
  EXPECT_EQ(peer.command("b LOGOUT"), "b OK LOGOUT completed");
  EXPECT_EQ(peer.line(), "<end>");
}

TEST(Tls, C15AHandshakeThatIsNeverMadeIsCut) {
  Limits limits;
  limits.handshake = 200ms;
  Served served(limits, Served::Tls::automatic);
  Peer starttls(served, served.port());
  EXPECT_TRUE(starttls.line().starts_with("* OK"));
  EXPECT_EQ(starttls.command("a STARTTLS"), "a OK Begin TLS now");
  EXPECT_EQ(starttls.line(), "<end>");
  Peer silent(served, served.tls_port());
  EXPECT_EQ(silent.line(), "<end>");
}

TEST(Tls, B11NothingIsInheritedFromAConnectionThatFailed) {
  Served served({}, Served::Tls::automatic);
  Peer failed(served, served.port());
  EXPECT_TRUE(failed.line().starts_with("* OK"));
  EXPECT_EQ(failed.command("a STARTTLS"), "a OK Begin TLS now");
  failed.send("b LOGIN anna sesame\r\n");
  while (failed.line() != "<end>") {
  }
  Peer next(served, served.port());
  EXPECT_TRUE(next.line().starts_with("* OK"));
  EXPECT_EQ(next.command("c SELECT INBOX"), "c BAD SELECT is not possible in this state");
  EXPECT_TRUE(next.command("d LOGIN anna wrong").starts_with("d NO"));
  EXPECT_EQ(next.command("e SELECT INBOX"), "e BAD SELECT is not possible in this state");
}

TEST(Tls, WithoutACertificateThereIsNoStartTls) {
  Served served;
  Peer peer(served, served.port());
  EXPECT_TRUE(peer.line().starts_with("* OK"));
  EXPECT_EQ(peer.command("a STARTTLS"), "a BAD TLS is not available");
}

}  // namespace
}  // namespace postern::imap::test
