#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/relay/relay_fixture.h"

namespace postern::relay {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Speech {
  Protocol protocol;
  const char* login;     ///< what an eager program sends at once
  const char* farewell;  ///< how the last word begins
};

const Speech speeches[] = {
    {Protocol::imap, "a LOGIN anna secret\r\n", "* BYE [UNAVAILABLE] "},
    {Protocol::pop3, "USER anna\r\nPASS secret\r\n", "-ERR [SYS/TEMP] "},
    {Protocol::smtp, "EHLO me\r\nAUTH PLAIN AGFubmEAc2VjcmV0\r\n", "421 4.4.0 "},
};

/// A program that says its password at once, and a server that does not come to TLS.
class RelayOpening : public RelayTest {
 protected:
  void refused(const Speech& speech, config::Tls mode, const std::string& reason) {
    answer.clear();
    run(speech.protocol, mode, blurt(speech.login));
    EXPECT_THAT(answer, StartsWith(speech.farewell));
    EXPECT_THAT(answer, HasSubstr(reason));
    EXPECT_THAT(answer, HasSubstr("127.0.0.1:"));
    EXPECT_EQ(answer.find('\n'), answer.size() - 1) << answer;
    for (const std::string& heard : {upstream->heard_plain, upstream->heard}) {
      EXPECT_THAT(heard, Not(HasSubstr("secret")));
      EXPECT_THAT(heard, Not(HasSubstr("anna")));
      EXPECT_THAT(heard, Not(HasSubstr("AUTH")));
    }
  }
  /// The steps to TLS with one of them another one.
  void with(Protocol protocol, std::size_t index, const std::string& text) {
    steps = starttls(protocol);
    steps[index] = say(text);
  }
};

TEST_F(RelayOpening, PlaintextBehindTheAnswerToStarttls) {  // A6, A7, A8
  const char* answers[] = {"p2 OK\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n",
                           "+OK\r\n+OK injected\r\n", "220 go\r\n250-x\r\n250 AUTH PLAIN\r\n"};
  for (std::size_t i = 0; i < 3; ++i) {
    with(speeches[i].protocol, 4, answers[i]);
    refused(speeches[i], config::Tls::starttls, "plaintext behind the server's answer");
  }
}

TEST_F(RelayOpening, StarttlsIsNotOffered) {  // A10
  const char* answers[] = {"* CAPABILITY IMAP4rev1\r\np1 OK\r\n", "+OK\r\nUSER\r\n.\r\n",
                           "250-before\r\n250 SIZE\r\n"};
  for (std::size_t i = 0; i < 3; ++i) {
    with(speeches[i].protocol, 2, answers[i]);
    if (i == 0) steps[0] = say("* OK hi\r\n");
    refused(speeches[i], config::Tls::starttls, "does not offer ST");
  }
}

TEST_F(RelayOpening, NothingIsOffered) {  // A10
  const char* answers[] = {"p1 BAD\r\n", "-ERR\r\n", "502 no\r\n"};
  for (std::size_t i = 0; i < 3; ++i) {
    with(speeches[i].protocol, 2, answers[i]);
    refused(speeches[i], config::Tls::starttls, "does not offer ST");
  }
}

TEST_F(RelayOpening, StarttlsIsRefused) {  // A11
  const char* answers[] = {"p2 NO not now\r\n", "-ERR not now\r\n", "454 4.7.0 not now\r\n"};
  for (std::size_t i = 0; i < 3; ++i) {
    with(speeches[i].protocol, 4, answers[i]);
    refused(speeches[i], config::Tls::starttls, "the server refused ST");
    EXPECT_THAT(answer, Not(HasSubstr("not now")));
  }
}

TEST_F(RelayOpening, LoggedInBeforeTls) {  // A12
  steps = {say("* PREAUTH welcome\r\n")};
  refused(speeches[0], config::Tls::starttls, "logged in already");
}

TEST_F(RelayOpening, WordsFromBeforeTlsAreShownToNobody) {  // A13
  const char* greetings[] = {"* BYE call 555 now\r\n", "-ERR call 555 now\r\n",
                             "554 call 555 now\r\n"};
  for (std::size_t i = 0; i < 3; ++i) {
    steps = {say(greetings[i])};
    refused(speeches[i], config::Tls::starttls, "refused the connection before TLS");
    EXPECT_THAT(answer, Not(HasSubstr("555")));
  }
}

TEST_F(RelayOpening, DataBeforeTls) {  // A14
  for (const char* data : {"* 1 EXISTS\r\n", "* LIST () \"/\" x\r\n", "* 1 FETCH (UID 1)\r\n"}) {
    with(Protocol::imap, 2, data);
    refused(speeches[0], config::Tls::starttls, "sent data before a login");
  }
}

TEST_F(RelayOpening, AHandshakeThatNeverEnds) {  // A16
  limits.handshake = 200ms;
  for (const Speech& speech : speeches) {
    steps = starttls(speech.protocol);
    steps.back() = wait_for_end();
    refused(speech, config::Tls::starttls, "no answer in time");
    steps = {wait_for_end()};
    refused(speech, config::Tls::implicit, "no answer in time");
  }
}

TEST_F(RelayOpening, AServerThatNeverAnswers) {
  limits.answer = 200ms;
  for (const Speech& speech : speeches) {
    steps = {wait_for_end()};
    refused(speech, config::Tls::starttls, "no answer in time");
  }
}

TEST_F(RelayOpening, PlaintextWhereTlsShouldBe) {  // A17
  const char* greetings[] = {"* OK hi\r\n", "+OK hi\r\n", "220 hi\r\n"};
  for (std::size_t i = 0; i < 3; ++i) {
    steps = {say(greetings[i])};
    refused(speeches[i], config::Tls::implicit, "does not speak TLS here");
  }
}

/// The beginning of a handshake of TLS 1.1, whatever the client wants.
TEST_F(RelayOpening, AServerThatIsTooOld) {  // A18
  const std::string_view head("\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02", 11);
  const std::string_view tail("\x00\xc0\x13\x00", 4);
  for (const Speech& speech : speeches) {
    steps = {say(std::string(head) + std::string(32, 'r') + std::string(tail))};
    refused(speech, config::Tls::implicit, "TLS");
  }
}

TEST_F(RelayOpening, ANameThatIsNotThere) {
  upstream_host = "nowhere.invalid";
  for (const Speech& speech : speeches) {
    answer.clear();
    run(speech.protocol, config::Tls::implicit, blurt(speech.login));
    EXPECT_THAT(answer, StartsWith(std::string(speech.farewell) + "nowhere.invalid:"));
  }
}

TEST_F(RelayOpening, NobodyListens) {
  {
    net::Listener gone = loop.listen();
    upstream_port = gone.port();
  }
  for (const Speech& speech : speeches)
    refused(speech, config::Tls::implicit, "Connection refused");
}

net::CertificateText named(std::vector<std::string> names) {
  net::CertificateText text = net::test::usual_text();
  text.names = std::move(names);
  return text;
}

TEST_F(RelayOpening, ACertificateThatIsNotToBeTrusted) {
  struct Row {
    const char* name;
    net::CertificateText text;
    const char* reason;
    const char* host = "pop.example.net";
  };
  net::CertificateText other_name = net::test::usual_text();
  other_name.names = {"other.example.net"};
  net::CertificateText expired = net::test::usual_text();
  expired.life.end = wall_now() - std::chrono::hours(1);
  net::CertificateText early = net::test::usual_text();
  early.life.begin = wall_now() + std::chrono::hours(1);
  const Row rows[] = {{"A20", other_name, "other.example.net"},
                      {"A21", expired, "expired"},
                      {"A22", early, "not valid before"},
                      {"A25", named({}), "for other names: none"},
                      {"A26", named({std::string("pop.example.net\0.evil.example", 29)}), ""},
                      {"A27", named({"*"}), "for other names"},
                      {"A28", named({"127.0.0.1"}), "for other names", "127.0.0.1"}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const net::TlsServer bad = net::test::server_of(*folder, net::issue(row.text, root));
    server_tls = &bad;
    wanted = trust();
    wanted->host = row.host;
    for (const Speech& speech : speeches) {
      steps = {make_tls()};
      refused(speech, config::Tls::implicit, "certificate is refused");
      EXPECT_THAT(answer, HasSubstr(row.reason));
      EXPECT_THAT(answer, HasSubstr("issued by"));
      EXPECT_THAT(answer, HasSubstr("An Authority of the Tests"));
    }
  }
  server_tls = nullptr;
}

TEST_F(RelayOpening, ACertificateOfSomebody) {  // A23, A24
  const net::Identity stranger = net::test::authority();
  const net::TlsServer untrusted =
      net::test::server_of(*folder, net::issue(net::test::usual_text(), &stranger));
  const net::TlsServer self_signed =
      net::test::server_of(*folder, net::issue(net::test::usual_text(), nullptr));
  for (const net::TlsServer* bad : {&untrusted, &self_signed}) {
    server_tls = bad;
    steps = {make_tls()};
    refused(speeches[0], config::Tls::implicit, "certificate is refused");
    steps = starttls(Protocol::smtp);
    refused(speeches[2], config::Tls::starttls, "certificate is refused");
  }
  server_tls = nullptr;
}

TEST_F(RelayOpening, ACertificateOtherThanThePinnedOne) {  // A24, A29
  wanted = trust();
  wanted->ca.reset();
  wanted->pin = net::fingerprint_of(*root->certificate);
  steps = {make_tls()};
  refused(speeches[1], config::Tls::implicit, "not the pinned one");
}

}  // namespace
}  // namespace postern::relay
