#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/pop3/pop3_fixture.h"

namespace postern::pop3 {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// Conversations are members, so that they can say what they expect of the whole.
class Pop3Server : public Pop3Test {
 protected:
  void fill() {
    (void)append("INBOX", "Subject: 1\r\n\r\none\r\n");
    (void)append("INBOX", "Subject: 2\r\n\r\n.two\r\n..\r\n");
    (void)append("INBOX", "Subject: 3\r\n\r\nthree");
  }
  asio::awaitable<void> looks_around();
  asio::awaitable<void> fetches();
  asio::awaitable<void> deletes();
  asio::awaitable<void> leaves_without_quit();
  asio::awaitable<void> pipelines();
  asio::awaitable<void> two_at_once();
  asio::awaitable<void> errs();
  asio::awaitable<void> guesses();
  asio::awaitable<void> speaks_plain();
  asio::awaitable<void> never_ends_a_line();
  asio::awaitable<void> fetches_all(std::size_t count);
  asio::awaitable<void> tops();
  asio::awaitable<void> sees_a_snapshot();
  asio::awaitable<void> floods();
  asio::awaitable<void> waits_while_stopping();
  asio::awaitable<void> drips();
  asio::awaitable<void> chats();
  asio::awaitable<void> is_one_too_many();
};

asio::awaitable<void> Pop3Server::looks_around() {
  Client client = co_await connect();
  EXPECT_THAT(co_await client.line(), StartsWith("+OK"));
  const std::string before = co_await client.ask_lines("CAPA");
  for (const char* name :
       {"TOP\r\n", "UIDL\r\n", "RESP-CODES\r\n", "AUTH-RESP-CODE\r\n", "PIPELINING\r\n", "USER\r\n",
        "SASL SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN\r\n", "UTF8 USER\r\n", "EXPIRE NEVER\r\n",
        "IMPLEMENTATION Postern\r\n"})
    EXPECT_THAT(before, HasSubstr(name));
  EXPECT_THAT(before, Not(HasSubstr("STLS")));
  EXPECT_THAT(co_await client.ask("STAT"), StartsWith("-ERR"));
  EXPECT_THAT(co_await client.ask("UTF8"), StartsWith("+OK"));
  EXPECT_THAT(co_await client.ask("USER anna"), StartsWith("+OK"));
  EXPECT_EQ(co_await client.ask("PASS open sesame"), "+OK 3 messages");
  EXPECT_EQ(polls_asked, 1);
  EXPECT_THAT(co_await client.ask_lines("capa"), Not(HasSubstr("SASL")));
  EXPECT_EQ(co_await client.ask("STAT"), "+OK 3 62");
  EXPECT_EQ(co_await client.ask_lines("LIST"), "+OK 3 messages\r\n1 19\r\n2 24\r\n3 19\r\n.\r\n");
  EXPECT_EQ(co_await client.ask("LIST 2"), "+OK 2 24");
  const std::string validity = std::to_string(account->tree()->find("INBOX")->uid_validity.value);
  EXPECT_EQ(co_await client.ask("UIDL 3"), "+OK 3 " + validity + ".3");
  EXPECT_EQ(co_await client.ask_lines("UIDL"), "+OK 3 messages\r\n1 " + validity + ".1\r\n2 " +
                                                   validity + ".2\r\n3 " + validity +
                                                   ".3\r\n.\r\n");
  EXPECT_THAT(co_await client.ask("NOOP"), StartsWith("+OK"));
  EXPECT_THAT(co_await client.ask("QUIT"), StartsWith("+OK"));
  EXPECT_EQ(co_await client.rest(), "");
}

TEST_F(Pop3Server, ServesTheInbox) {  // RFC 1939 sections 4 to 7
  fill();
  run(looks_around());
}

asio::awaitable<void> Pop3Server::fetches() {
  Client client = co_await connect();
  (void)co_await client.log_in();
  EXPECT_EQ(co_await client.ask_lines("RETR 1"), "+OK 19 octets\r\nSubject: 1\r\n\r\none\r\n.\r\n");
  EXPECT_EQ(co_await client.ask_lines("RETR 3"),
            "+OK 19 octets\r\nSubject: 3\r\n\r\nthree\r\n.\r\n");
  EXPECT_EQ(co_await client.ask_lines("RETR 2"),
            "+OK 24 octets\r\nSubject: 2\r\n\r\n..two\r\n...\r\n.\r\n");
  EXPECT_EQ(co_await client.ask_lines("RETR 2"),
            "+OK 24 octets\r\nSubject: 2\r\n\r\n..two\r\n...\r\n.\r\n");
  EXPECT_THAT(co_await client.ask("RETR 4"), StartsWith("-ERR"));
  EXPECT_THAT(co_await client.ask("RETR 4294967295"), StartsWith("-ERR"));
}

TEST_F(Pop3Server, SendsMessagesStuffedAndCompleted) {  // RFC 1939 section 3
  fill();
  run(fetches());
}

asio::awaitable<void> Pop3Server::deletes() {
  Client client = co_await connect();
  (void)co_await client.log_in();
  EXPECT_THAT(co_await client.ask("DELE 1"), StartsWith("+OK"));
  EXPECT_THAT(co_await client.ask("DELE 1"), StartsWith("-ERR"));
  EXPECT_THAT(co_await client.ask("RETR 1"), StartsWith("-ERR"));
  EXPECT_EQ(co_await client.ask("STAT"), "+OK 2 43");
  EXPECT_EQ(co_await client.ask_lines("LIST"), "+OK 2 messages\r\n2 24\r\n3 19\r\n.\r\n");
  EXPECT_THAT(co_await client.ask("RSET"), StartsWith("+OK"));
  EXPECT_EQ(co_await client.ask("STAT"), "+OK 3 62");
  EXPECT_THAT(co_await client.ask("DELE 2"), StartsWith("+OK"));
  EXPECT_THAT(co_await client.ask("QUIT"), StartsWith("+OK"));
  EXPECT_EQ(store::uids_of(*mailbox("INBOX")->latest()), (std::vector<std::uint32_t>{1, 3}));
}

TEST_F(Pop3Server, RemovesAtQuitWhatWasMarked) {  // RFC 1939 section 6
  fill();
  run(deletes());
}

asio::awaitable<void> Pop3Server::leaves_without_quit() {
  Client client = co_await connect();
  (void)co_await client.log_in();
  EXPECT_THAT(co_await client.ask("DELE 2"), StartsWith("+OK"));
  client.stream().close();
}

TEST_F(Pop3Server, RemovesNothingWithoutQuit) {  // RFC 1939 section 6
  fill();
  run(leaves_without_quit());
  EXPECT_EQ(mailbox("INBOX")->latest()->size(), 3U);
}

asio::awaitable<void> Pop3Server::pipelines() {
  Client client = co_await connect();
  co_await client.send(
      "USER anna\r\nPASS open sesame\r\nSTAT\r\nRETR 1\r\nDELE 1\r\nTOP 2 0\r\nQUIT\r\n");
  EXPECT_EQ(co_await client.rest(),
            "+OK Postern is ready\r\n+OK and the password\r\n+OK 3 messages\r\n+OK 3 62\r\n"
            "+OK 19 octets\r\nSubject: 1\r\n\r\none\r\n.\r\n+OK marked\r\n"
            "+OK top of it\r\nSubject: 2\r\n\r\n.\r\n+OK bye\r\n");
}

TEST_F(Pop3Server, AnswersPipelinedCommandsInOrder) {  // RFC 2449 section 6.6
  fill();
  run(pipelines());
  EXPECT_EQ(mailbox("INBOX")->latest()->size(), 2U);
}

asio::awaitable<void> Pop3Server::two_at_once() {
  Client first = co_await connect();
  EXPECT_THAT(co_await first.log_in(), StartsWith("+OK"));
  Client second = co_await connect();
  EXPECT_THAT(co_await second.log_in(), StartsWith("-ERR [IN-USE]"));
  EXPECT_THAT(co_await first.ask("QUIT"), StartsWith("+OK"));
  (void)co_await second.ask("USER anna");
  EXPECT_THAT(co_await second.ask("PASS open sesame"), StartsWith("+OK"));
}

TEST_F(Pop3Server, LetsOneSessionHaveTheMaildrop) {  // RFC 1939 section 4, RFC 2449 section 8.1.2
  run(two_at_once());
}

asio::awaitable<void> Pop3Server::errs() {
  Client client = co_await connect();
  (void)co_await client.log_in();
  for (const char* command :
       {"", "XYZZY", "RETR", "RETR x", "TOP 1", "STLS", "USER anna", "LIST 0", "STAT 1"})
    EXPECT_THAT(co_await client.ask(command), StartsWith("-ERR")) << command;
  EXPECT_THAT(co_await client.ask("NOOP"), StartsWith("+OK"));
  for (unsigned i = 0; i < limits.bad_commands; ++i) co_await client.send("XYZZY\r\n");
  EXPECT_THAT(co_await client.rest(), StartsWith("-ERR"));
}

TEST_F(Pop3Server, RefusesWhatMakesNoSense) {
  fill();
  run(errs());
}

asio::awaitable<void> Pop3Server::guesses() {
  Client client = co_await connect();
  EXPECT_THAT(co_await client.log_in("wrong"), StartsWith("-ERR [AUTH]"));
  EXPECT_THAT(co_await client.ask("PASS open sesame"), StartsWith("-ERR"));  // USER comes first
  (void)co_await client.ask("USER nobody");
  EXPECT_THAT(co_await client.ask("PASS open sesame"), StartsWith("-ERR [AUTH]"));
  (void)co_await client.ask("USER anna");
  EXPECT_THAT(co_await client.ask("PASS wrong"), StartsWith("-ERR [AUTH]"));
  EXPECT_EQ(co_await client.rest(), "");
}

TEST_F(Pop3Server, EndsAfterWrongPasswords) {
  run(guesses());
}  // B3, B4

asio::awaitable<void> Pop3Server::speaks_plain() {
  struct {
    const char* name;
    std::string first;
    std::string second;  ///< after "+ ", if not empty
    const char* expected;
  } const rows[] = {
      {"the list", "AUTH", "", "+OK"},
      {"another mechanism", "AUTH CRAM-MD5", "", "-ERR"},
      {"B9: nonsense", "AUTH PLAIN ====", "", "-ERR"},
      {"B9: given up", "AUTH PLAIN", "*", "-ERR"},
      {"B9: on behalf of another", "AUTH PLAIN Ym9iAGFubmEAb3BlbiBzZXNhbWU=", "", "-ERR [AUTH]"},
      {"RFC 5034: a challenge", "AUTH PLAIN", "AGFubmEAb3BlbiBzZXNhbWU=", "+OK"},
      {"RFC 5034: initial response", "auth plain AGFubmEAb3BlbiBzZXNhbWU=", "", "+OK"},
  };
  for (const auto& row : rows) {
    Client client = co_await connect();
    (void)co_await client.line();
    std::string answer = co_await client.ask(row.first);
    if (!row.second.empty()) {
      EXPECT_EQ(answer, "+ ") << row.name;
      answer = co_await client.ask(row.second);
    }
    EXPECT_THAT(answer, StartsWith(row.expected)) << row.name;
    co_await client.send("QUIT\r\n");
    (void)co_await client.rest();
  }
}

TEST_F(Pop3Server, LogsInWithPlain) {
  run(speaks_plain());
}

asio::awaitable<void> Pop3Server::never_ends_a_line() {
  Client client = co_await connect();
  (void)co_await client.line();
  co_await client.send(std::string(20'000, 'x'));
  EXPECT_THAT(co_await client.rest(), StartsWith("-ERR"));
}

TEST_F(Pop3Server, CutsOffAnEndlessLine) {
  run(never_ends_a_line());
}  // C1

asio::awaitable<void> Pop3Server::fetches_all(std::size_t count) {
  Client client = co_await connect();
  (void)co_await client.log_in();
  std::string commands;
  for (std::size_t i = 1; i <= count; ++i) commands += "RETR " + std::to_string(i) + "\r\n";
  co_await client.send(commands);
  for (std::size_t i = 1; i <= count; ++i)
    EXPECT_THAT(co_await client.lines(), HasSubstr("Subject: " + std::to_string(i) + "\r\n"));
}

TEST_F(Pop3Server, ReadsAheadInTheOrderOfTheMessages) {
  for (int i = 1; i <= 300; ++i) {
    const std::size_t octets = i % 50 == 0 ? 700'000 : i % 7 == 0 ? 90'000 : 100;
    (void)append("INBOX", store::message(std::to_string(i), std::string(octets, 'x') + "\r\n"));
  }
  run(fetches_all(300));
}

asio::awaitable<void> Pop3Server::tops() {
  Client client = co_await connect();
  (void)co_await client.log_in();
  EXPECT_EQ(co_await client.ask_lines("TOP 1 0"), "+OK top of it\r\nSubject: t\r\n\r\n.\r\n");
  EXPECT_EQ(co_await client.ask_lines("TOP 1 2"),
            "+OK top of it\r\nSubject: t\r\n\r\na\r\n..b\r\n.\r\n");
  EXPECT_EQ(co_await client.ask_lines("TOP 1 99999999999"),
            "+OK top of it\r\nSubject: t\r\n\r\na\r\n..b\r\nc\r\n.\r\n");
  EXPECT_EQ(co_await client.ask_lines("TOP 2 1"), "+OK top of it\r\nSubject: no body\r\n.\r\n");
  const std::string large = co_await client.ask_lines("TOP 3 1");
  EXPECT_EQ(large.size(), std::string("+OK top of it\r\nSubject: l\r\n\r\n").size() + 600'002 + 3);
}

TEST_F(Pop3Server, GivesTheTopOfAMessage) {  // RFC 1939 section 7
  (void)append("INBOX", "Subject: t\r\n\r\na\r\n.b\r\nc\r\n");
  (void)append("INBOX", "Subject: no body\r\n");
  (void)append("INBOX", "Subject: l\r\n\r\n" + std::string(600'000, 'x') + "\r\nsecond\r\n");
  run(tops());
}

asio::awaitable<void> Pop3Server::sees_a_snapshot() {
  Client client = co_await connect();
  (void)co_await client.log_in();
  (void)append("INBOX", store::message("late"));
  (void)remove("INBOX", store::uids({1}));
  EXPECT_EQ(co_await client.ask("STAT"), "+OK 3 62");
  EXPECT_EQ(co_await client.ask_lines("RETR 1"), "+OK 19 octets\r\nSubject: 1\r\n\r\none\r\n.\r\n");
  (void)co_await client.ask("DELE 1");
  (void)co_await client.ask("DELE 2");
  EXPECT_THAT(co_await client.ask("QUIT"), StartsWith("+OK"));
  EXPECT_EQ(store::uids_of(*mailbox("INBOX")->latest()), (std::vector<std::uint32_t>{3, 4}));
}

TEST_F(Pop3Server, SeesTheMailboxAsItWasAtTheLogin) {
  fill();
  run(sees_a_snapshot());
}

asio::awaitable<void> Pop3Server::floods() {
  Client client = co_await connect();
  (void)co_await client.log_in();
  // More answers than fit anywhere: the server must wait before it reads on.
  std::string commands;
  for (int i = 0; i < 400; ++i) commands += "RETR 1\r\n";
  co_await client.send(commands);
  for (int i = 0; i < 400; ++i) EXPECT_GT((co_await client.lines()).size(), 200'000U);
}

TEST_F(Pop3Server, WaitsForAClientThatReadsSlowly) {  // C16
  (void)append("INBOX", store::message("big", std::string(200'000, 'x') + "\r\n"));
  run(floods());
}

asio::awaitable<void> Pop3Server::waits_while_stopping() {
  Client client = co_await connect();
  (void)co_await client.log_in();
  (void)co_await client.ask("DELE 1");
  server->stop();
  EXPECT_EQ(co_await client.rest(), "");
}

TEST_F(Pop3Server, StopsAtACommandBoundaryAndRemovesNothing) {
  fill();
  run(waits_while_stopping());
  EXPECT_EQ(mailbox("INBOX")->latest()->size(), 3U);
}

asio::awaitable<void> Pop3Server::drips() {
  Client client = co_await connect();
  EXPECT_THAT(co_await client.line(), StartsWith("+OK"));
  co_await client.send("US");
  EXPECT_EQ(co_await client.rest(), "");
}

TEST_F(Pop3Server, CutsAClientThatDoesNotEndItsCommand) {  // C15
  limits.before_login = 200ms;
  run(drips());
}

asio::awaitable<void> Pop3Server::chats() {
  Client client = co_await connect();
  (void)co_await client.line();
  std::string answer;
  do {
    answer.clear();
    try {
      answer = co_await client.ask("USER anna");
    } catch (const net::Error&) {
      // That is the end.
    }
  } while (answer.starts_with("+OK"));
  EXPECT_EQ(answer, "");
}

TEST_F(Pop3Server, CutsAClientThatDoesNotLogIn) {  // C15
  limits.login = 300ms;
  run(chats());
}

asio::awaitable<void> Pop3Server::is_one_too_many() {
  Client first = co_await connect();
  (void)co_await first.line();
  Client second = co_await connect();
  EXPECT_EQ(co_await second.rest(), "-ERR [SYS/TEMP] too many connections\r\n");
  EXPECT_THAT(co_await first.ask("QUIT"), StartsWith("+OK"));
}

TEST_F(Pop3Server, TellsAConnectionTooMany) {  // C18
  limits.connections_per_address = 1;
  run(is_one_too_many());
}

/// STLS needs a certificate, which is made once.
class Pop3Tls : public Pop3Server {
 protected:
  static void SetUpTestSuite() {
    own = new store::TemporaryFolder;
    certificate = new net::TlsServer(*net::TlsServer::automatic(own->path()));
  }
  static void TearDownTestSuite() {
    delete certificate;
    delete own;
  }
  void SetUp() override {
    Pop3Server::SetUp();
    tls = certificate;
    net::TlsTrust trust;
    trust.host = "127.0.0.1";
    trust.pin = certificate->facts().fingerprint;
    client_tls.emplace(*net::TlsClient::make(trust));
  }
  asio::awaitable<void> starts_tls();
  asio::awaitable<void> injects(std::string behind);

  static store::TemporaryFolder* own;
  static net::TlsServer* certificate;
  std::optional<net::TlsClient> client_tls;
};

store::TemporaryFolder* Pop3Tls::own = nullptr;
net::TlsServer* Pop3Tls::certificate = nullptr;

asio::awaitable<void> Pop3Tls::starts_tls() {
  Client client = co_await connect();
  (void)co_await client.line();
  EXPECT_THAT(co_await client.ask_lines("CAPA"), HasSubstr("STLS\r\n"));
  (void)co_await client.ask("USER anna");
  EXPECT_THAT(co_await client.ask("STLS"), StartsWith("+OK"));
  co_await client.stream().start_tls(*client_tls, net::test::ample);
  EXPECT_THAT(co_await client.ask_lines("CAPA"), Not(HasSubstr("STLS")));
  EXPECT_THAT(co_await client.ask("PASS open sesame"), StartsWith("-ERR"));  // USER is forgotten
  EXPECT_THAT(co_await client.ask("STLS"), StartsWith("-ERR"));
  (void)co_await client.ask("USER anna");
  EXPECT_THAT(co_await client.ask("PASS open sesame"), StartsWith("+OK"));
  EXPECT_THAT(co_await client.ask("STLS"), StartsWith("-ERR"));
}

TEST_F(Pop3Tls, StartsAndForgetsWhatCameBefore) {  // A4, A5, RFC 2595 section 4
  run(starts_tls());
}

asio::awaitable<void> Pop3Tls::injects(std::string behind) {
  Client client = co_await connect();
  (void)co_await client.line();
  co_await client.send("STLS\r\n" + behind);
  EXPECT_THAT(co_await client.rest(), testing::MatchesRegex("\\+OK [a-zA-Z ]*\r\n"));
}

TEST_F(Pop3Tls, EndsWhenPlaintextStandsBehindStls) {  // A1, A2, A3
  for (const char* behind : {"NOOP\r\n", "QUIT\r\n", "STLS\r\n", "USER anna"}) run(injects(behind));
}

}  // namespace
}  // namespace postern::pop3
