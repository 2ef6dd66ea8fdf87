#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/upstream/smtp_session.h"
#include "sync/wire/base64.h"
#include "sync/wire/sasl/scram.h"
#include "tests/upstream/pop3_login_fixture.h"

namespace postern::upstream {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(Pop3LoginTest, TakesTheStrongestThatBothHave) {  // D24
  struct {
    const char* name;
    std::vector<std::string> capa;
    const char* greeting;
    std::vector<std::string> expected;  ///< accepted ways; empty: USER and PASS
  } const rows[] = {
      {"only USER", {"USER"}, "+OK ready\r\n", {}},
      {"D2: no CAPA", {}, "+OK ready\r\n", {}},
      {"PLAIN before USER", {"USER", "SASL LOGIN PLAIN"}, "+OK ready\r\n", {"PLAIN"}},
      {"lower case", {"user", "sasl plain"}, "+OK ready\r\n", {"PLAIN"}},
      {"LOGIN only", {"SASL LOGIN"}, "+OK ready\r\n", {"LOGIN"}},
      {"APOP before PLAIN",
       {"USER", "SASL PLAIN"},
       "+OK ready <1896.697170952@example.net>\r\n",
       {"APOP"}},
      {"APOP only", {"UIDL"}, "+OK <1896.697170952@example.net>\r\n", {"APOP"}},
      {"APOP whose challenge is no message id", {"USER"}, "+OK ready <1896\r\n", {}},
      {"CRAM-MD5 before APOP",
       {"USER", "SASL PLAIN CRAM-MD5"},
       "+OK <1896.697170952@example.net>\r\n",
       {"CRAM-MD5"}},
      {"SCRAM-SHA-1", {"SASL PLAIN CRAM-MD5 SCRAM-SHA-1"}, "+OK\r\n", {"SCRAM-SHA-1"}},
      {"SCRAM-SHA-256", {"SASL SCRAM-SHA-1 SCRAM-SHA-256 PLAIN"}, "+OK\r\n", {"SCRAM-SHA-256"}},
      {"-PLUS needs TLS", {"SASL SCRAM-SHA-1-PLUS SCRAM-SHA-1"}, "+OK\r\n", {"SCRAM-SHA-1"}},
      {"what we do not speak", {"USER", "SASL GSSAPI NTLM"}, "+OK\r\n", {}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    login = {};
    sink = Gather();
    offer(row.capa);
    server->quirks.greeting = row.greeting;
    const Course course = run();
    EXPECT_FALSE(course.refused) << course.refused->words;
    EXPECT_EQ(login.accepted, row.expected);
    EXPECT_EQ(server->count("PASS"), row.expected.empty() ? 1U : 0U);
    EXPECT_EQ(sink.messages.size(), 2U);
  }
}

TEST_F(Pop3LoginTest, ObeysTheConfiguredWay) {
  struct {
    Login wanted;
    const char* way;
  } const rows[] = {
      {Login::apop, "APOP"},
      {Login::plain, "PLAIN"},
      {Login::login, "LOGIN"},
      {Login::cram_md5, "CRAM-MD5"},
      {Login::scram_sha_1, "SCRAM-SHA-1"},
      {Login::scram_sha_256, "SCRAM-SHA-256"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.way);
    login = {};
    offer({"UIDL"});  // not offered, and tried all the same
    server->quirks.greeting = "+OK <1896.697170952@example.net>\r\n";
    wanted = row.wanted;
    EXPECT_FALSE(run().refused);
    EXPECT_THAT(login.accepted, ElementsAre(row.way));
  }
}

TEST_F(Pop3LoginTest, AConfiguredWayHasNoSubstitute) {
  offer({"USER", "SASL PLAIN CRAM-MD5"});
  login.refuses = {{"AUTH CRAM-MD5", "-ERR not here\r\n"}};
  wanted = Login::cram_md5;
  const Course course = run();
  ASSERT_TRUE(course.refused);
  EXPECT_EQ(course.refused->kind, Refusal::login_method);
  EXPECT_THAT(exchange(), ElementsAre("AUTH CRAM-MD5"));

  offer({"USER"});
  wanted = Login::scram_sha_256_plus;  // without TLS
  EXPECT_EQ(run().refused->kind, Refusal::login_method);
  EXPECT_THAT(exchange(), IsEmpty());
}

TEST_F(Pop3LoginTest, BindsToTheTlsConnection) {  // RFC 5802 section 6, RFC 9266
  for (const char* mechanism : {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"}) {
    SCOPED_TRACE(mechanism);
    login = {};
    offer({"SASL SCRAM-SHA-1 SCRAM-SHA-256 " + std::string(mechanism)}, HostilePop3::Start::tls);
    EXPECT_FALSE(run(config::Tls::implicit).refused);
    EXPECT_THAT(login.accepted, ElementsAre(mechanism));
    EXPECT_EQ(login.scram_header, "p=tls-exporter,,");
  }
}

/// While it runs the loop has time for others.
asio::awaitable<void> count_moments(std::size_t& moments, const bool& over) {
  while (!over) {
    co_await net::pause(5ms);
    ++moments;
  }
}

TEST_F(Pop3LoginTest, HashesWhereNobodyWaits) {
  offer({"SASL SCRAM-SHA-256"});
  login.iterations = 200'000;
  deadlines.answer = net::test::ample;
  std::size_t moments = 0;
  bool over = false;
  net::TaskGroup beside(loop.io.get_executor(), "beside");
  beside.spawn("moments", count_moments(moments, over));
  // From the client's first message to its proof; the server's own work stops the loop.
  server->on_command = [&](const std::string& command) {
    const std::string message = wire::base64_decode(command).value_or("");
    if (message.starts_with("n,,")) moments = 0;
    if (message.starts_with("c=")) over = true;
  };
  EXPECT_FALSE(run().refused);
  EXPECT_THAT(login.accepted, ElementsAre("SCRAM-SHA-256"));
  EXPECT_GE(moments, 5U);
}

TEST_F(Pop3LoginTest, RefusesMoreIterationsThanAreDecent) {
  offer({"SASL SCRAM-SHA-256"});
  login.iterations = wire::sasl::ScramClient::iteration_limit + 1;
  const Course course = run();
  ASSERT_TRUE(course.refused);
  EXPECT_EQ(course.refused->kind, Refusal::protocol);
  EXPECT_THAT(login.accepted, IsEmpty());
}

TEST_F(Pop3LoginTest, TellsAServerWhoseOfferOfPlusWasRemoved) {  // RFC 5802 section 6
  offer({"SASL SCRAM-SHA-256"}, HostilePop3::Start::tls);
  EXPECT_FALSE(run(config::Tls::implicit).refused);
  EXPECT_EQ(login.scram_header, "y,,");

  offer({"SASL SCRAM-SHA-256 SCRAM-SHA-256-PLUS"}, HostilePop3::Start::tls);
  wanted = Login::scram_sha_256;
  EXPECT_FALSE(run(config::Tls::implicit).refused);
  EXPECT_EQ(login.scram_header, "n,,") << "it was offered, so the server would refuse y";
}

TEST_F(Pop3LoginTest, AServerThatDoesNotKnowThePasswordGetsNoWeakerProof) {
  offer({"USER", "SASL PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256"});
  login.knows_password = false;
  const Course course = run();
  ASSERT_TRUE(course.refused);
  EXPECT_EQ(course.refused->kind, Refusal::protocol);
  EXPECT_EQ(server->count("AUTH"), 1U);
  EXPECT_EQ(server->count("USER"), 0U);
  EXPECT_EQ(server->quits, 0U);

  offer({"SASL SCRAM-SHA-1"});
  server->script = [](const std::string& command, const net::Stream&) {
    return command.starts_with("AUTH")
               ? std::optional(HostilePop3::Scripted{"+ \r\n+OK come in\r\n"})
               : std::nullopt;
  };
  EXPECT_EQ(run().refused->kind, Refusal::protocol) << "success without a proof";
}

TEST_F(Pop3LoginTest, GoesOnToTheNextWayWhenOneIsRefusedForItself) {
  struct {
    const char* name;
    std::vector<std::string> capa;
    std::vector<LoginServer::Refusal> refuses;
    std::vector<std::string> expected;
  } const rows[] = {
      {"all of SASL",
       {"USER", "SASL PLAIN CRAM-MD5 SCRAM-SHA-256"},
       {{"AUTH", "-ERR what\r\n"}},
       {}},
      {"SCRAM, at its first message",
       {"SASL PLAIN SCRAM-SHA-256", "AUTH-RESP-CODE"},
       {{"AUTH SCRAM", "-ERR no such thing\r\n"}},
       {"PLAIN"}},
      {"Workaround: Dovecot 2.3 answers [AUTH] to a mechanism that it does not have",
       {"SASL PLAIN CRAM-MD5"},
       {{"AUTH CRAM", "-ERR [AUTH] Unsupported authentication mechanism.\r\n"}},
       {"PLAIN"}},
      {"CRAM-MD5, with a code of its own",
       {"SASL PLAIN CRAM-MD5"},
       {{"AUTH CRAM", "-ERR [X-NOT-HERE] no\r\n"}},
       {"PLAIN"}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    login = {};
    memory = {};
    login.refuses = row.refuses;
    offer(row.capa);
    const Course course = run();
    EXPECT_FALSE(course.refused) << course.refused->words;
    EXPECT_EQ(login.accepted, row.expected);
    EXPECT_EQ(server->count("PASS"), row.expected.empty() ? 1U : 0U);
  }
}

TEST_F(Pop3LoginTest, SendsTheFirstMessageWhereItFits) {  // RFC 5034 section 4
  offer({"SASL PLAIN", "AUTH-RESP-CODE"});
  EXPECT_FALSE(run().refused);
  EXPECT_THAT(exchange(), ElementsAre("AUTH PLAIN " + plain_response));

  offer({"SASL PLAIN"});
  EXPECT_FALSE(run().refused);
  EXPECT_THAT(exchange(), ElementsAre("AUTH PLAIN", plain_response));

  offer({"SASL PLAIN", "AUTH-RESP-CODE"});
  login.takes_initial_response = false;
  EXPECT_FALSE(run().refused);
  EXPECT_THAT(exchange(), ElementsAre("AUTH PLAIN " + plain_response, plain_response));

  // A line with its CRLF has 255 octets at most; the password makes the response long.
  serve();
  server->quirks.capa = {"SASL PLAIN", "AUTH-RESP-CODE"};
  const std::string password(200, 'p');
  const std::string response = wire::base64_encode(std::string("\0anna\0", 6) + password);
  server->quirks.instead = {{"AUTH PLAIN", "+ \r\n"}, {response, "+OK\r\n"}};
  secret = password;
  (void)run();
  EXPECT_THAT(exchange(), ElementsAre("AUTH PLAIN", response));
}

TEST_F(Pop3LoginTest, ACramChallengeThatIsNoMessageIdIsCalledOff) {  // D24
  offer({"SASL PLAIN CRAM-MD5"});
  login.timestamp = "chosen by an attacker";
  EXPECT_FALSE(run().refused);
  EXPECT_THAT(exchange(), ElementsAre("AUTH CRAM-MD5", "*", "AUTH PLAIN", plain_response));
}

TEST_F(Pop3LoginTest, IntroducesItselfOnlyWhereTheServerAsksForIt) {  // RFC 6856 sections 2.1 and 3
  offer({"USER", "UTF8 USER", "LANG"});
  EXPECT_FALSE(run().refused);
  EXPECT_THAT(exchange(), ElementsAre("LANG en", "UTF8", "USER anna", "PASS secret words"));

  offer({"USER", "UTF8", "LANG"});
  server->quirks.instead = {{"UTF8", "-ERR no\r\n"}, {"LANG", "-ERR [X] no\r\n"}};
  EXPECT_FALSE(run().refused) << "a refusal changes nothing";
}

TEST_F(Pop3SessionTest, NamesPasswordsAndMessagesMayBeUtf8) {  // RFC 6856 sections 2.1 and 2.2
  serve();
  server->quirks.capa = {"USER", "UIDL", "UTF8 USER"};
  const std::string message =
      "From: J\xc3\xbcrgen <j\xc3\xbcrgen@b\xc3\xbc"
      "cher.example>\r\n"
      "Subject: \xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82\r\n\r\n\xe2\x82\xac\r\n";
  server->maildrop = {{"a", message}};
  user = "ju\xcc\x88rgen";  // decomposed
  secret =
      "\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c\xc2\xa0x";  // with a space of another kind
  const Course course = run();
  EXPECT_FALSE(course.refused);
  const auto login = std::ranges::find(server->commands, "UTF8");
  ASSERT_GE(server->commands.end() - login, 3);
  EXPECT_EQ(login[1], "USER j\xc3\xbcrgen");
  EXPECT_EQ(login[2], "PASS \xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c x");
  EXPECT_THAT(sink.messages, ElementsAre(message));
}

TEST(MayLogIn, WithoutTlsOnlyOnThisMachineOrByTheOperatorsWord) {  // A10
  struct {
    Channel channel;
    Plaintext plaintext;
    bool expected;
  } const rows[] = {
      {Channel::tls, Plaintext::forbidden, true},
      {Channel::tls, Plaintext::wanted, true},
      {Channel::this_machine, Plaintext::forbidden, true},
      {Channel::this_machine, Plaintext::wanted, true},
      {Channel::open, Plaintext::forbidden, false},
      {Channel::open, Plaintext::wanted, true},
  };
  for (const auto& row : rows) EXPECT_EQ(may_log_in(row.channel, row.plaintext), row.expected);
  EXPECT_EQ(Pop3Settings().plaintext, Plaintext::forbidden);
  EXPECT_EQ(SmtpSettings().plaintext, Plaintext::forbidden);
}

}  // namespace
}  // namespace postern::upstream
