#include <string>

#include <gtest/gtest.h>

#include "config/capability.h"
#include "tests/imap/peer.h"
#include "tests/imap/served.h"
#include "tests/support/transcript.h"

namespace postern::imap::test {
namespace {

using postern::test::LineClient;

Limits with_compression() {
  Limits limits;
  limits.accounts["anna"].on = {config::Capability::compress_deflate};
  return limits;
}

void log_in(Peer& peer) {
  EXPECT_TRUE(peer.line().starts_with("* OK"));
  EXPECT_TRUE(peer.command("l LOGIN anna sesame").starts_with("l OK"));
}

void compress(Peer& peer) {
  EXPECT_EQ(peer.command("c COMPRESS DEFLATE"), "c OK DEFLATE active");
  peer.start_compression();
}

bool announces(Peer& peer) {
  peer.command("y CAPABILITY");
  return peer.capabilities.find("COMPRESS") != std::string::npos;
}

TEST(Compress, IsOffUnlessConfigured) {
  Served served;
  Peer peer(served, served.port());
  log_in(peer);
  EXPECT_FALSE(announces(peer));
  EXPECT_EQ(peer.command("c COMPRESS DEFLATE"), "c BAD There is no such command");
}

/// RFC 4978 section 3: not for those who have not logged in.
TEST(Compress, ComesWithTheLogin) {
  Served served(with_compression());
  Peer peer(served, served.port());
  EXPECT_TRUE(peer.line().starts_with("* OK"));
  EXPECT_FALSE(announces(peer));
  EXPECT_TRUE(peer.command("a COMPRESS DEFLATE").starts_with("a BAD"));
  EXPECT_TRUE(peer.command("l LOGIN anna sesame").starts_with("l OK"));
  EXPECT_TRUE(announces(peer));
  EXPECT_EQ(peer.command("b COMPRESS LZ"), "b BAD There is no such compression");
  EXPECT_TRUE(peer.command("b COMPRESS").starts_with("b BAD"));
}

/// RFC 4978 section 3, and all that a session does.
TEST(Compress, HoldsForTheWholeSession) {
  Served served(with_compression(), Served::Tls::automatic);
  for (const bool tls : {false, true}) {
    Peer peer(served, tls ? served.tls_port() : served.port());
    if (tls) {
      ASSERT_TRUE(peer.start_tls());
    }
    log_in(peer);
    compress(peer);
    EXPECT_FALSE(announces(peer));
    EXPECT_EQ(peer.command("d COMPRESS DEFLATE"),
              "d NO [COMPRESSIONACTIVE] The connection is compressed already");
    EXPECT_TRUE(peer.command("e SELECT INBOX").starts_with("e OK [READ-WRITE]"));
    // literals, several commands at once
    peer.send("f APPEND INBOX {9}\r\n");
    EXPECT_EQ(peer.line(), "+ Go on");
    peer.send("A: b\r\n\r\nc\r\ng NOOP\r\nh STORE * +FLAGS (\\Seen)\r\n");
    EXPECT_TRUE(peer.line().ends_with(" EXISTS"));
    EXPECT_TRUE(peer.line().ends_with(" RECENT"));
    EXPECT_TRUE(peer.line().starts_with("f OK"));
    EXPECT_EQ(peer.line(), "g OK NOOP completed");
    EXPECT_TRUE(peer.line().find("\\Seen") != std::string::npos);
    EXPECT_EQ(peer.line(), "h OK STORE completed");
    // what others do
    peer.send("i IDLE\r\n");
    EXPECT_EQ(peer.line(), "+ Idling");
    served.deliver("INBOX", "Subject: x\r\n\r\ntext\r\n");
    EXPECT_TRUE(peer.line().ends_with(" EXISTS"));
    EXPECT_TRUE(peer.line().ends_with(" RECENT"));
    peer.send("DONE\r\n");
    EXPECT_EQ(peer.line(), "i OK IDLE completed");
    // RFC 8437 section 3 does not end it.
    EXPECT_EQ(peer.command("j UNAUTHENTICATE"), "j OK UNAUTHENTICATE completed");
    EXPECT_FALSE(announces(peer));
    EXPECT_EQ(peer.capabilities.find("STARTTLS"), std::string::npos);
    EXPECT_TRUE(peer.command("k STARTTLS").starts_with("k BAD"));
    EXPECT_TRUE(peer.command("l LOGIN anna sesame").starts_with("l OK"));
    EXPECT_EQ(peer.command("m LOGOUT"), "m OK LOGOUT completed");
    EXPECT_EQ(peer.line(), "<end>");
  }
}

TEST(Compress, SendsLargeMessagesWhole) {
  Served served(with_compression());
  std::string message = "Subject: large\r\n\r\n";
  for (int i = 0; message.size() < 2'000'000; ++i)
    message += "line " + std::to_string(i * 7919) + "\r\n";
  served.deliver("INBOX", message);
  Peer peer(served, served.port());
  log_in(peer);
  compress(peer);
  (void)peer.command("s SELECT INBOX");
  peer.send("f UID FETCH 1 (UID BODY.PEEK[])\r\n");
  EXPECT_EQ(peer.line(), "* 1 FETCH (UID 1 BODY[] {" + std::to_string(message.size()) + "}");
  std::string got;
  while (got.size() < message.size()) got += peer.line() + "\r\n";
  EXPECT_EQ(got, message);
}

/// They would be read as if they were compressed.
TEST(Compress, NothingMayFollowBeforeItsAnswer) {
  Served served(with_compression());
  Peer peer(served, served.port());
  log_in(peer);
  peer.send("a COMPRESS DEFLATE\r\nb NOOP\r\n");
  EXPECT_EQ(peer.line(), "* BYE Nothing may follow COMPRESS before its answer");
  EXPECT_TRUE(peer.line().starts_with("a BAD"));
  EXPECT_EQ(peer.line(), "<end>");
}

TEST(Compress, WhatIsNotCompressedEndsTheSession) {
  Served served(with_compression());
  Peer peer(served, served.port());
  log_in(peer);
  EXPECT_EQ(peer.command("c COMPRESS DEFLATE"), "c OK DEFLATE active");
  peer.send("a NOOP\r\n");
  EXPECT_EQ(peer.line(), "<end>");
}

/// C1 holds for what the octets swell up to.
TEST(Compress, C1AnEndlessLineIsCut) {
  Served served(with_compression());
  Peer peer(served, served.port());
  log_in(peer);
  compress(peer);
  peer.send("a NOOP " + std::string(50'000'000, 'x'));
  const std::string answer = peer.line();
  EXPECT_TRUE(answer.starts_with("* BYE [TOOBIG]")) << answer;
}

}  // namespace
}  // namespace postern::imap::test
