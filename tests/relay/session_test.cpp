#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include "tests/relay/relay_fixture.h"

namespace postern::relay {
namespace {

using testing::HasSubstr;
using testing::Not;

class RelaySession : public RelayTest {
 protected:
  asio::awaitable<void> sends_and_reads(std::string text, std::string until);
  asio::awaitable<void> two_after_another();
  asio::awaitable<void> renews_its_certificate(const net::TlsServer& next);
  asio::awaitable<void> half_closes();
  asio::awaitable<void> floods();
  asio::awaitable<void> is_one_too_many();

  asio::awaitable<std::string> read_until(net::Stream& stream, std::string mark) {
    std::string got;
    while (got.find(mark) == std::string::npos) {
      char buffer[4096];
      const std::span<char> into(buffer);
      const std::size_t count = co_await stream.read_some(into, net::test::ample);
      got.append(buffer, count);
    }
    co_return got;
  }
  void append(std::vector<Step> more) {
    for (Step& step : more) steps.push_back(std::move(step));
  }
};

asio::awaitable<void> RelaySession::sends_and_reads(std::string text, std::string until) {
  net::Stream stream = co_await net::test::connect(port);
  co_await stream.write(text, net::test::ample);
  answer = co_await read_until(stream, until);
}

TEST_F(RelaySession, WhatWasSaidBeforeTlsIsForgotten) {  // A9
  steps = starttls(Protocol::imap);
  append({hear_line(), say("* CAPABILITY IMAP4rev1 AUTH=PLAIN STARTTLS LOGINDISABLED\r\na OK\r\n"),
          hear_line(), say("b OK in\r\n"), hear("c\r\n"), say("end")});
  run(Protocol::imap, config::Tls::starttls,
      sends_and_reads("a CAPABILITY\r\nb LOGIN u p\r\nc\r\n", "end"));
  EXPECT_EQ(answer,
            "* OK Postern relays to the server over TLS\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"
            "a OK\r\nb OK in\r\nend");
  EXPECT_EQ(upstream->heard_plain, "p1 CAPABILITY\r\np2 STARTTLS\r\n");
  EXPECT_EQ(upstream->heard, "a CAPABILITY\r\nb LOGIN u p\r\nc\r\n");
}

TEST_F(RelaySession, Pop3OverStls) {
  steps = starttls(Protocol::pop3);
  append({hear_line(), say("+OK\r\nSTLS\r\nUSER\r\n.\r\n"), hear_line(), say("+OK\r\n"),
          hear_line(), say("+OK in\r\n"), hear_line(), say("+OK bye\r\n"), end()});
  run(Protocol::pop3, config::Tls::starttls, blurt("CAPA\r\nSTLS\r\nUSER u\r\nPASS p\r\nQUIT\r\n"));
  EXPECT_EQ(answer,
            "+OK Postern relays to the server over TLS\r\n+OK\r\nUSER\r\n.\r\n"
            "-ERR Postern has made TLS to the server already; switch it off here\r\n"
            "+OK\r\n+OK in\r\n+OK bye\r\n");
  EXPECT_EQ(upstream->heard_plain, "CAPA\r\nSTLS\r\n");
  EXPECT_EQ(upstream->heard, "CAPA\r\nUSER u\r\nPASS p\r\nQUIT\r\n");
}

TEST_F(RelaySession, SmtpOverStarttls) {
  steps = starttls(Protocol::smtp);
  append({hear_line(), say("250-x\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n"), hear_line(),
          say("235 in\r\n"), hear("\r\n.\r\n"), say("250 a\r\n250 b\r\n354 c\r\n250 d\r\n"),
          hear_line(), say("221 bye\r\n"), end()});
  const std::string mail = "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSTARTTLS\r\n.\r\n";
  run(Protocol::smtp, config::Tls::starttls,
      blurt("EHLO me\r\nAUTH PLAIN eA==\r\n" + mail + "QUIT\r\n"));
  EXPECT_EQ(
      answer,
      "220 localhost ESMTP Postern relays to the server over TLS\r\n250-x\r\n250 AUTH PLAIN\r\n"
      "235 in\r\n250 a\r\n250 b\r\n354 c\r\n250 d\r\n221 bye\r\n");
  EXPECT_EQ(upstream->heard_plain, "EHLO [127.0.0.1]\r\nSTARTTLS\r\n");
  EXPECT_EQ(upstream->heard, "EHLO me\r\nAUTH PLAIN eA==\r\n" + mail + "QUIT\r\n");
}

TEST_F(RelaySession, TheGreetingInsideTlsIsTheServers) {
  steps = {make_tls(), say("+OK <1896.697170952@example.net>\r\n"), hear_line(), say("+OK in\r\n"),
           end()};
  run(Protocol::pop3, config::Tls::implicit, blurt("APOP u 0\r\n"));
  EXPECT_EQ(answer, "+OK <1896.697170952@example.net>\r\n+OK in\r\n");
}

TEST_F(RelaySession, APinnedCertificateNeedsNoChain) {  // A24
  wanted = trust();
  wanted->ca.reset();
  wanted->pin = net::fingerprint_of(*leaf->certificate);
  steps = {make_tls(), say("+OK hi\r\n"), end()};
  run(Protocol::pop3, config::Tls::implicit, blurt(""));
  EXPECT_EQ(answer, "+OK hi\r\n");
}

asio::awaitable<void> RelaySession::two_after_another() {
  co_await blurt("");
  co_await blurt("");
}

TEST_F(RelaySession, TheNextConnectionIsANewOne) {
  steps = {make_tls(), say("+OK hi\r\n"), end()};
  run(Protocol::pop3, config::Tls::implicit, two_after_another());
  EXPECT_EQ(answer, "+OK hi\r\n+OK hi\r\n");
  EXPECT_EQ(upstream->connections, 2);
}

asio::awaitable<void> RelaySession::renews_its_certificate(const net::TlsServer& next) {
  co_await blurt("");
  upstream->tls = &next;
  co_await blurt("");
}

TEST_F(RelaySession, ACertificateThatChanges) {  // A32
  const net::TlsServer next =
      net::test::server_of(*folder, net::issue(net::test::usual_text(), root));
  steps = {make_tls(), say("+OK hi\r\n"), end()};
  run(Protocol::pop3, config::Tls::implicit, renews_its_certificate(next));
  EXPECT_EQ(answer, "+OK hi\r\n+OK hi\r\n");
  answer.clear();
  wanted = trust();
  wanted->ca.reset();
  wanted->pin = net::fingerprint_of(*leaf->certificate);
  testing::internal::CaptureStderr();
  run(Protocol::pop3, config::Tls::implicit, renews_its_certificate(next));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("not the pinned one"));
  EXPECT_THAT(answer, testing::StartsWith("+OK hi\r\n-ERR [SYS/TEMP] "));
  EXPECT_THAT(answer, HasSubstr("not the pinned one"));
}

/// Octets behind the login that are no text, as COMPRESS makes them.
TEST_F(RelaySession, EveryOctetGoesOnAfterCompress) {  // RFC 4978 section 3
  std::string all;
  for (int i = 0; i < 3 * 256; ++i) all += static_cast<char>(i);
  steps = {make_tls(),  say("* OK hi\r\n"),    hear_line(), say("a OK in\r\n"),
           hear_line(), say("b OK\r\n" + all), hear(all),   say(all + "end")};
  run(Protocol::imap, config::Tls::implicit,
      sends_and_reads("a LOGIN u p\r\nb COMPRESS DEFLATE\r\n" + all, "end"));
  EXPECT_EQ(answer, "* OK hi\r\na OK in\r\nb OK\r\n" + all + all + "end");
  EXPECT_EQ(upstream->heard, "a LOGIN u p\r\nb COMPRESS DEFLATE\r\n" + all);
}

asio::awaitable<void> RelaySession::half_closes() {
  asio::ip::tcp::socket socket(loop.io);
  co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
  const std::string text = "a LOGIN u p\r\nlast";
  co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
  socket.shutdown(asio::socket_base::shutdown_send);
  net::Stream stream(std::move(socket));
  co_await read_rest(stream);
}

TEST_F(RelaySession, TheEndOfOneSideLeavesTheOtherItsWord) {
  steps = {make_tls(), say("* OK hi\r\n"), hear_line(), say("a OK in\r\n"), wait_for_end()};
  run(Protocol::imap, config::Tls::implicit, half_closes());
  EXPECT_EQ(answer, "* OK hi\r\na OK in\r\n");
  EXPECT_EQ(upstream->heard, "a LOGIN u p\r\nlast");
}

TEST_F(RelaySession, WhatAServerSaidLastArrivesThoughItCutsTls) {
  steps = {make_tls(), say("* OK hi\r\n"), hear_line(),
           say("a OK in\r\n* 1 FETCH (BODY[] {100}\r\nhalf"), cut()};
  run(Protocol::imap, config::Tls::implicit, blurt("a LOGIN u p\r\n"));
  EXPECT_THAT(answer, HasSubstr("half"));
  EXPECT_EQ(how_it_ended, net::ErrorKind::closed);
}

TEST_F(RelaySession, ACutBeforeTheLoginIsNoEnd) {  // A30
  steps = {make_tls(), say("* OK hi\r\n"), hear_line(), say("a O"), cut()};
  run(Protocol::imap, config::Tls::implicit, blurt("a LOGIN u p\r\n"));
  EXPECT_THAT(answer, testing::StartsWith("* OK hi\r\n* BYE [UNAVAILABLE] 127.0.0.1:"));
}

TEST_F(RelaySession, AnEndInsideTlsIsOneForTheProgram) {
  steps = {make_tls(), say("* OK hi\r\n"), hear_line(), say("a OK in\r\n"), end()};
  run(Protocol::imap, config::Tls::implicit, blurt("a LOGIN u p\r\n"));
  EXPECT_EQ(how_it_ended, net::ErrorKind::closed);
}

asio::awaitable<void> RelaySession::floods() {
  net::Stream stream = co_await net::test::connect(port);
  std::string commands = "a LOGIN u p\r\n";
  co_await stream.write(commands, net::test::ample);
  (void)co_await read_until(stream, "a OK in\r\n");
  const std::string flood(8 * 1024 * 1024, 'x');
  co_await stream.write(flood + "!", net::test::ample);
  answer = co_await read_until(stream, "end");
}

TEST_F(RelaySession, ManyOctetsBothWays) {
  const std::string flood(8 * 1024 * 1024, 'y');
  steps = {make_tls(),         say("* OK hi\r\n"), hear_line(),
           say("a OK in\r\n"), hear("!"),          say(flood + "end")};
  run(Protocol::imap, config::Tls::implicit, floods());
  EXPECT_EQ(answer.size(), flood.size() + 3);
  EXPECT_EQ(upstream->heard.size(), 13 + flood.size() + 1);
}

TEST_F(RelaySession, AServerThatDoesNotGreet) {
  limits.before_login = 200ms;
  steps = {make_tls(), wait_for_end()};
  run(Protocol::imap, config::Tls::implicit, blurt(""));
  EXPECT_THAT(answer, HasSubstr("* BYE [UNAVAILABLE] 127.0.0.1:"));
  EXPECT_THAT(answer, HasSubstr("did not answer in time\r\n"));
}

TEST_F(RelaySession, AProgramThatDoesNotLogIn) {
  limits.before_login = 200ms;
  steps = {make_tls(), say("+OK hi\r\n"), wait_for_end()};
  run(Protocol::pop3, config::Tls::implicit, blurt(""));
  EXPECT_EQ(answer, "+OK hi\r\n-ERR [SYS/TEMP] no login came in time\r\n");
}

TEST_F(RelaySession, AServerThatGoesWithoutAWord) {
  steps = {make_tls(), say("220 hi\r\n"), hear_line(), end()};
  run(Protocol::smtp, config::Tls::implicit, blurt("EHLO me\r\n"));
  EXPECT_EQ(answer, "220 hi\r\n421 4.4.0 the server ended the connection\r\n");
}

TEST_F(RelaySession, ASilentPairIsEnded) {
  limits.idle = 200ms;
  steps = {make_tls(), say("* OK hi\r\n"), hear_line(), say("a OK in\r\n"), wait_for_end()};
  run(Protocol::imap, config::Tls::implicit, blurt("a LOGIN u p\r\n"));
  EXPECT_EQ(answer, "* OK hi\r\na OK in\r\n");
}

asio::awaitable<void> RelaySession::is_one_too_many() {
  net::Stream first = co_await net::test::connect(port);
  (void)co_await read_until(first, "hi\r\n");
  const auto facts = server->sessions();
  EXPECT_EQ(facts.at(0).protocol, "relay smtp");
  EXPECT_EQ(facts.at(0).upstream, "127.0.0.1:" + std::to_string(upstream->port));
  EXPECT_EQ(facts.at(0).peer.substr(0, 10), "127.0.0.1:");
  co_await blurt("");
}

TEST_F(RelaySession, ConnectionsAreLimited) {
  limits.connections = 1;
  steps = {make_tls(), say("220 hi\r\n"), wait_for_end()};
  run(Protocol::smtp, config::Tls::implicit, is_one_too_many());
  EXPECT_EQ(answer, "421 4.4.0 too many connections\r\n");
}

}  // namespace
}  // namespace postern::relay
