#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sync/wire/base64.h"
#include "tests/access/one_login.h"
#include "tests/relay/relay_fixture.h"

namespace postern::relay {
namespace {

using access::test::some_store;

using testing::HasSubstr;
using testing::Not;

constexpr const char* password = "the provider's one";

class FakePurse final : public Purse {
 public:
  asio::awaitable<std::expected<upstream::Credential, Problem>> credential(
      std::string account, Freshness freshness) override {
    (void)account;
    if (problem) co_return std::unexpected(*problem);
    if (tokens.empty()) co_return upstream::Credential(Secret(password));
    co_return upstream::Credential::token(
        Secret(freshness == Freshness::usual ? tokens.front() : tokens.back()));
  }

  std::optional<Problem> problem;
  std::vector<std::string> tokens;  ///< instead of the password: the usual one, the renewed one
};

/// A relay to an IMAP server that signs in for anna.
class RelayHost : public RelayTest {
 protected:
  RelayHost() {
    guests = {{"anna", "anna@example.net"}};
    purse = own;
    directory.set("anna", Secret("local"), {"anna", some_store(), [] {}, nullptr});
  }
  /// What the server does up to the login's command.
  static std::vector<Step> up_to_the_login() {
    return {make_tls(), say("* OK hi\r\n"), hear_line(), say("* CAPABILITY IMAP4rev1\r\np1 OK\r\n"),
            hear_line()};
  }
  void refuses(std::string words) {
    steps = up_to_the_login();
    steps.push_back(say("p2 NO " + std::move(words) + "\r\n"));
  }

  asio::awaitable<void> two_guests();

  std::shared_ptr<FakePurse> own = std::make_shared<FakePurse>();
};

TEST_F(RelayHost, SignsIn) {
  steps = up_to_the_login();
  steps.push_back(say("p2 OK in\r\n"));
  steps.push_back(hear_line());
  steps.push_back(say("b OK\r\n"));
  steps.push_back(end());
  run(Protocol::imap, config::Tls::implicit, blurt("a LOGIN anna local\r\nb NOOP\r\n"));
  EXPECT_THAT(answer, HasSubstr("a OK Logged in\r\nb OK\r\n"));
  EXPECT_EQ(upstream->heard, "p1 CAPABILITY\r\np2 LOGIN \"anna@example.net\" \"" +
                                 std::string(password) + "\"\r\nb NOOP\r\n");
}

TEST_F(RelayHost, APasswordThatTheServerRepeatsStaysHere) {
  refuses("[AUTHENTICATIONFAILED] not " + std::string(password));
  testing::internal::CaptureStderr();
  run(Protocol::imap, config::Tls::implicit, blurt("a LOGIN anna local\r\nb LOGOUT\r\n"));
  const std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_THAT(answer, HasSubstr("a NO [UNAVAILABLE] the provider refuses the login"));
  EXPECT_THAT(answer, Not(HasSubstr(password)));
  EXPECT_THAT(logged, HasSubstr("the provider refuses the login"));
  EXPECT_THAT(logged, Not(HasSubstr(password)));
}

TEST_F(RelayHost, AWithdrawnTokenIsRenewedOnce) {
  own->tokens = {"the old token", "the new token"};
  steps = {make_tls(),  say("* OK hi\r\n"),
           hear_line(), say("* CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2\r\np1 OK\r\n"),
           hear_line(), say("+ \r\n"),
           hear_line(), say("p2 NO [AUTHENTICATIONFAILED] no\r\n")};
  run(Protocol::imap, config::Tls::implicit, blurt("a LOGIN anna local\r\nb LOGOUT\r\n"));
  EXPECT_EQ(upstream->connections, 2);
  const auto response = [&](const std::string& token) {
    return wire::base64_encode("user=anna@example.net\1auth=Bearer " + token + "\1\1");
  };
  // The plaintext of the fixture's server is what it heard before the last TLS.
  EXPECT_THAT(upstream->heard_plain, HasSubstr(response("the old token")));
  EXPECT_THAT(upstream->heard, HasSubstr(response("the new token")));
}

TEST_F(RelayHost, ARefusedSecretIsNotGivenAgainAndAgain) {
  refuses("[AUTHENTICATIONFAILED] no");
  run(Protocol::imap, config::Tls::implicit,
      blurt("a LOGIN anna local\r\nb LOGIN anna local\r\nc LOGIN anna local\r\n"
            "d LOGIN anna local\r\n"));
  EXPECT_EQ(upstream->connections, 1);
  EXPECT_THAT(answer, HasSubstr("c NO [UNAVAILABLE] the provider refuses the login"));
  EXPECT_THAT(answer, Not(HasSubstr("\r\nd ")));
}

TEST_F(RelayHost, NorOneThatIsRefusedWithoutACode) {
  refuses("LOGIN failed");
  run(Protocol::imap, config::Tls::implicit,
      blurt("a LOGIN anna local\r\nb LOGIN anna local\r\nc LOGIN anna local\r\n"
            "d LOGIN anna local\r\n"));
  // The second time all ways are tried anew, since the server did not say what it refused.
  EXPECT_EQ(upstream->connections, 2);
  EXPECT_THAT(answer, HasSubstr("c NO [UNAVAILABLE] the provider refuses the login"));
}

TEST_F(RelayHost, NorOneThatTheServerRepeats) {
  refuses("[AUTHENTICATIONFAILED] not " + std::string(password));
  run(Protocol::imap, config::Tls::implicit,
      blurt("a LOGIN anna local\r\nb LOGIN anna local\r\nc LOGOUT\r\n"));
  EXPECT_EQ(upstream->connections, 1);
  EXPECT_THAT(answer, Not(HasSubstr(password)));
}

TEST_F(RelayHost, AReferralIsNotFollowed) {  // A15
  refuses("[REFERRAL imap://127.0.0.1/] elsewhere");
  run(Protocol::imap, config::Tls::implicit, blurt("a LOGIN anna local\r\nb LOGOUT\r\n"));
  EXPECT_THAT(answer, HasSubstr("a NO [UNAVAILABLE] the provider refuses the login"));
  EXPECT_EQ(upstream->connections, 1);
}

asio::awaitable<void> RelayHost::two_guests() {
  co_await blurt("a LOGIN anna local\r\n");
  co_await blurt("a LOGIN bert local\r\n");
}

TEST_F(RelayHost, EachGuestHasAConnectionOfItsOwn) {  // A31
  guests.push_back({"bert", "bert@example.net"});
  directory.set("bert", Secret("local"), {"bert", some_store(), [] {}, nullptr});
  steps = up_to_the_login();
  steps.push_back(say("p2 OK in\r\n"));
  steps.push_back(end());
  run(Protocol::imap, config::Tls::implicit, two_guests());
  EXPECT_EQ(upstream->connections, 2);
  const std::string bert = "p1 CAPABILITY\r\np2 LOGIN \"bert@example.net\"";
  EXPECT_THAT(upstream->heard, testing::StartsWith(bert));
}

const std::string plain_login = wire::base64_encode(std::string("\0anna\0local", 11));
const std::string plain_upstream =
    wire::base64_encode(std::string("\0anna@example.net\0", 18) + password);

TEST_F(RelayHost, SignsInForPop3) {
  steps = {make_tls(),  say("+OK hi\r\n"),  hear_line(), say("+OK\r\nUSER\r\n.\r\n"),
           hear_line(), say("+OK and\r\n"), hear_line(), say("+OK in\r\n"),
           hear_line(), say("+OK 0 0\r\n"), end()};
  run(Protocol::pop3, config::Tls::implicit, blurt("USER anna\r\nPASS local\r\nSTAT\r\n"));
  EXPECT_THAT(answer, HasSubstr("+OK logged in\r\n+OK 0 0\r\n"));
  EXPECT_EQ(upstream->heard,
            "CAPA\r\nUSER anna@example.net\r\nPASS " + std::string(password) + "\r\nSTAT\r\n");
}

/// What an SMTP server does up to the answer to AUTH.
std::vector<Step> smtp_up_to_auth() {
  return {say("220 mx\r\n"), hear_line(),
          say("250-mx\r\n250-SIZE 99\r\n250-X-OWN\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"),
          hear_line()};
}

class RelayHostSmtp : public RelayHost {
 protected:
  void serves(std::vector<Step> first, std::vector<Step> last) {
    steps = std::move(first);
    for (Step& step : smtp_up_to_auth()) steps.push_back(std::move(step));
    for (Step& step : last) steps.push_back(std::move(step));
  }
};

TEST_F(RelayHostSmtp, ShowsWhatTheServerOffersAndSignsIn) {
  serves({make_tls()}, {say("235 in\r\n"), hear_line(), say("250 ok\r\n"), end()});
  run(Protocol::smtp, config::Tls::implicit,
      blurt("EHLO me\r\nAUTH PLAIN " + plain_login + "\r\nMAIL FROM:<a@b>\r\n"));
  EXPECT_EQ(answer,
            "220 localhost ESMTP Postern signs in for you\r\n250-mx\r\n250-SIZE 99\r\n250-X-OWN\r\n"
            "250 AUTH SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN\r\n235 2.7.0 logged in\r\n250 ok\r\n");
  EXPECT_EQ(upstream->heard,
            "EHLO [127.0.0.1]\r\nAUTH PLAIN " + plain_upstream + "\r\nMAIL FROM:<a@b>\r\n");
  EXPECT_EQ(upstream->connections, 1);
}

TEST_F(RelayHostSmtp, WhatWasOfferedBeforeTlsIsForgotten) {  // A9
  steps = starttls(Protocol::smtp);
  steps[2] = say("250-before\r\n250-X-BEFORE\r\n250-AUTH LOGIN\r\n250 STARTTLS\r\n");
  for (const Step& step :
       {hear_line(), say("250-mx\r\n250 AUTH PLAIN\r\n"), hear_line(), say("235 in\r\n"), end()})
    steps.push_back(step);
  run(Protocol::smtp, config::Tls::starttls,
      blurt("EHLO me\r\nAUTH PLAIN " + plain_login + "\r\n"));
  EXPECT_THAT(answer, HasSubstr("250-mx\r\n250 AUTH SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("BEFORE")));
  EXPECT_EQ(upstream->heard_plain, "EHLO [127.0.0.1]\r\nSTARTTLS\r\n");
  EXPECT_EQ(upstream->heard, "EHLO [127.0.0.1]\r\nAUTH PLAIN " + plain_upstream + "\r\n");
}

TEST_F(RelayHostSmtp, LoginInTwoSteps) {
  serves({make_tls()}, {say("235 in\r\n"), end()});
  run(Protocol::smtp, config::Tls::implicit,
      blurt("EHLO me\r\nAUTH LOGIN\r\n" + wire::base64_encode("anna") + "\r\n" +
            wire::base64_encode("local") + "\r\n"));
  EXPECT_THAT(answer, HasSubstr("334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n235 2.7.0 logged in\r\n"));
}

TEST_F(RelayHostSmtp, AWrongLocalPasswordReachesNobody) {  // B3
  serves({make_tls()}, {});
  run(Protocol::smtp, config::Tls::implicit,
      blurt("EHLO me\r\nAUTH PLAIN " + wire::base64_encode(std::string("\0anna\0wrong", 11)) +
            "\r\nQUIT\r\n"));
  EXPECT_THAT(answer, HasSubstr("535 5.7.8 wrong user name or password\r\n221 "));
  EXPECT_EQ(upstream->heard, "EHLO [127.0.0.1]\r\n");
}

TEST_F(RelayHostSmtp, AProviderThatRefusesIsNamedAndNotAskedAgain) {
  serves({make_tls()}, {say("535 5.7.8 not " + std::string(password) + "\r\n")});
  const std::string auth = "AUTH PLAIN " + plain_login + "\r\n";
  run(Protocol::smtp, config::Tls::implicit, blurt("EHLO me\r\n" + auth + auth + "QUIT\r\n"));
  EXPECT_THAT(answer,
              HasSubstr("454 4.7.0 the provider refuses the login of \"anna@example.net\""));
  EXPECT_THAT(answer, Not(HasSubstr(password)));
  EXPECT_EQ(upstream->connections, 1);
}

TEST_F(RelayHostSmtp, AWithdrawnTokenIsRenewedOnce) {
  own->tokens = {"the old token", "the new token"};
  steps = {make_tls(),  say("220 mx\r\n"), hear_line(), say("250-mx\r\n250 AUTH XOAUTH2\r\n"),
           hear_line(), say("334 \r\n"),   hear_line(), say("535 5.7.8 no\r\n")};
  run(Protocol::smtp, config::Tls::implicit,
      blurt("EHLO me\r\nAUTH PLAIN " + plain_login + "\r\nQUIT\r\n"));
  EXPECT_EQ(upstream->connections, 2);
  EXPECT_THAT(
      upstream->heard,
      HasSubstr(wire::base64_encode("user=anna@example.net\1auth=Bearer the new token\1\1")));
}

TEST_F(RelayHostSmtp, SignInNeeded) {
  own->problem = Problem{"sign-in needed", "run postern login anna"};
  serves({make_tls()}, {});
  run(Protocol::smtp, config::Tls::implicit,
      blurt("EHLO me\r\nAUTH PLAIN " + plain_login + "\r\nQUIT\r\n"));
  EXPECT_THAT(answer, HasSubstr("454 4.7.0 sign-in needed; run postern login anna\r\n"));
}

TEST_F(RelayHostSmtp, AServerThatCannotBeHadIsTheGreeting) {
  {
    net::Listener gone = loop.listen();
    upstream_port = gone.port();
  }
  run(Protocol::smtp, config::Tls::implicit, blurt("EHLO me\r\n"));
  EXPECT_THAT(answer, testing::StartsWith("421 4.4.0 127.0.0.1:"));
  EXPECT_THAT(answer, HasSubstr("Connection refused"));
}

TEST_F(RelayHostSmtp, AServerThatRefusesTheConnectionIsTheGreeting) {
  steps = {make_tls(), say("554 5.3.2 closed today\r\n")};
  run(Protocol::smtp, config::Tls::implicit, blurt("EHLO me\r\n"));
  EXPECT_THAT(answer, testing::StartsWith("421 4.4.0 127.0.0.1:"));
  EXPECT_THAT(answer, HasSubstr("refuses the connection: \"554 5.3.2 closed today\"\r\n"));
}

struct Way {
  Protocol protocol;
  std::string login;
  const char* answered;  ///< how the refusal of a login begins
};

/// The same in all three protocols.
class RelayHostErrors : public RelayHost {
 protected:
  const std::vector<Way> ways{
      {Protocol::imap, "a LOGIN anna local\r\na LOGOUT\r\n", "a NO [UNAVAILABLE] "},
      {Protocol::pop3, "USER anna\r\nPASS local\r\nQUIT\r\n", "-ERR [SYS/TEMP] "},
      {Protocol::smtp, "EHLO me\r\nAUTH PLAIN " + plain_login + "\r\nQUIT\r\n", "421 4.4.0 "},
  };
  void told(const Way& way, config::Tls mode, const std::string& reason) {
    answer.clear();
    run(way.protocol, mode, blurt(way.login));
    EXPECT_THAT(answer, HasSubstr(way.answered));
    EXPECT_THAT(answer, HasSubstr(reason));
    for (const std::string& heard : {upstream->heard_plain, upstream->heard}) {
      EXPECT_THAT(heard, Not(HasSubstr(password)));
      EXPECT_THAT(heard, Not(HasSubstr("anna")));
    }
  }
};

TEST_F(RelayHostErrors, NoSuchName) {
  upstream_host = "nowhere.invalid";
  for (const Way& way : ways) told(way, config::Tls::implicit, "nowhere.invalid");
}

TEST_F(RelayHostErrors, ConnectionRefused) {
  {
    net::Listener gone = loop.listen();
    upstream_port = gone.port();
  }
  for (const Way& way : ways) told(way, config::Tls::implicit, "Connection refused");
}

TEST_F(RelayHostErrors, ACertificateThatIsNotToBeTrusted) {  // A20
  net::CertificateText other = net::test::usual_text();
  other.names = {"other.example.net"};
  const net::TlsServer bad = net::test::server_of(*folder, net::issue(other, root));
  server_tls = &bad;
  for (const Way& way : ways) {
    steps = {make_tls()};
    told(way, config::Tls::implicit, "issued by");
  }
  server_tls = nullptr;
}

TEST_F(RelayHostErrors, StarttlsIsStripped) {  // A10
  const char* answers[] = {"* CAPABILITY IMAP4rev1\r\np1 OK\r\n", "+OK\r\nUSER\r\n.\r\n",
                           "250-before\r\n250 SIZE\r\n"};
  for (std::size_t i = 0; i < 3; ++i) {
    steps = starttls(ways[i].protocol);
    steps[2] = say(answers[i]);
    told(ways[i], config::Tls::starttls, "does not offer ST");
  }
}

TEST_F(RelayHostErrors, PlaintextBehindTheAnswerToStarttls) {  // A6, A7, A8
  const char* answers[] = {"p2 OK\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n",
                           "+OK\r\n+OK injected\r\n", "220 go\r\n250-x\r\n250 AUTH PLAIN\r\n"};
  for (std::size_t i = 0; i < 3; ++i) {
    steps = starttls(ways[i].protocol);
    steps[4] = say(answers[i]);
    told(ways[i], config::Tls::starttls, "plaintext behind the server's answer");
  }
}

TEST_F(RelayHostErrors, LoggedInBeforeTheLogin) {  // A12
  steps = {make_tls(), say("* PREAUTH welcome\r\n")};
  told(ways[0], config::Tls::implicit, "logged in already");
}

TEST_F(RelayHostErrors, DataBeforeTheLogin) {  // A14
  steps = {make_tls(), say("* OK hi\r\n"), hear_line(), say("* 1 EXISTS\r\np1 OK\r\n")};
  told(ways[0], config::Tls::implicit, "sent data before a login");
}

TEST_F(RelayHostErrors, SignInNeeded) {
  own->problem = Problem{"sign-in needed", "run postern login anna"};
  for (const Way& way : ways) {
    if (way.protocol == Protocol::smtp) continue;  // RelayHostSmtp
    told(way, config::Tls::implicit, "sign-in needed; run postern login anna");
  }
}

}  // namespace
}  // namespace postern::relay
