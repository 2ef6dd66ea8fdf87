#include "proxy/relay/lobby.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/relay/smtp_lobby.h"

namespace postern::relay {
namespace {

using Event = Lobby::Event;

const wire::smtp::Reply server_hello{
    250, std::nullopt, {"mx.example at your service", "SIZE 1000", "STARTTLS", "AUTH GSSAPI"}};

struct Row {
  const char* name;
  Protocol protocol;
  std::string program;
  std::string answer;
  Event end;
  std::string user{};
  std::string password{};
  std::string rest{};
  /// Of an exchange: "PLAIN", "PLAIN response", then each response. All but the last one are
  /// answered with a challenge.
  std::vector<std::string> steps{};
};

std::string text_of(const Lobby::Step& step) {
  std::string out = step.mechanism.value_or("");
  if (step.response) out += (out.empty() ? "" : " ") + ("<" + *step.response + ">");
  return out;
}

std::unique_ptr<Lobby> lobby_of(Protocol protocol, std::size_t limit) {
  return make_lobby(protocol, {{"SCRAM-SHA-256", "PLAIN", "LOGIN"}, server_hello}, limit);
}

void play(const Row& row, std::size_t step) {
  const auto lobby = lobby_of(row.protocol, 1000);
  std::string out;
  std::vector<std::string> steps;
  Event event = Event::more;
  std::string_view left = row.program;
  while (event == Event::more && !left.empty()) {
    lobby->feed(left.substr(0, step));
    left.remove_prefix(std::min(step, left.size()));
    event = lobby->next(out);
    while (event == Event::exchange) {
      steps.push_back(text_of(lobby->take_step()));
      if (row.end == Event::exchange && steps.size() >= row.steps.size()) break;
      lobby->challenge("Pw==", out);
      event = lobby->next(out);
    }
  }
  EXPECT_EQ(out, row.answer) << row.name << ", " << step;
  EXPECT_EQ(event, row.end) << row.name << ", " << step;
  EXPECT_EQ(steps, row.steps) << row.name << ", " << step;
  if (event == Event::login) {
    const Lobby::Login login = lobby->take_login();
    EXPECT_EQ(login.user, row.user) << row.name;
    EXPECT_EQ(login.password.reveal(), row.password) << row.name;
  }
  if (event == Event::more || event == Event::over) return;
  EXPECT_EQ(lobby->rest() + std::string(left), row.rest) << row.name << ", " << step;
}

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows)
    for (std::size_t step = 1; step <= row.program.size(); ++step) play(row, step);
}

TEST(ImapLobby, TakesALogin) {  // RFC 9051 sections 6.2.2 and 6.2.3
  check({
      {"LOGIN", Protocol::imap, "a login anna \"se cret\"\r\nb NOOP\r\n", "", Event::login, "anna",
       "se cret", "b NOOP\r\n"},
      {"literals", Protocol::imap, "a LOGIN {4}\r\nanna {3+}\r\n\r\nx\r\nz", "+ go on\r\n",
       Event::login, "anna", "\r\nx", "z"},
      {.name = "PLAIN",
       .protocol = Protocol::imap,
       .program = "a AUTHENTICATE PLAIN\r\neHg=\r\nrest",
       .answer = "+ Pw==\r\n",
       .end = Event::exchange,
       .rest = "rest",
       .steps = {"PLAIN", "<eHg=>"}},
      {.name = "at once",
       .protocol = Protocol::imap,
       .program = "a AUTHENTICATE plain eHg=\r\n",
       .answer = "",
       .end = Event::exchange,
       .steps = {"PLAIN <eHg=>"}},
      {.name = "nothing at once",
       .protocol = Protocol::imap,
       .program = "a AUTHENTICATE X =\r\n",
       .answer = "",
       .end = Event::exchange,
       .steps = {"X <>"}},
  });
}

TEST(ImapLobby, AnswersBeforeALogin) {
  const std::string capabilities = "IMAP4rev1 SASL-IR ID AUTH=SCRAM-SHA-256 AUTH=PLAIN AUTH=LOGIN";
  check({
      {"CAPABILITY", Protocol::imap, "a CAPABILITY\r\n",
       "* CAPABILITY " + capabilities + "\r\na OK CAPABILITY completed\r\n", Event::more},
      {"STARTTLS", Protocol::imap, "a STARTTLS\r\n",
       "a BAD Postern makes TLS to the server; switch it off here\r\n", Event::more},
      {.name = "given up",
       .protocol = Protocol::imap,
       .program = "a AUTHENTICATE PLAIN\r\n*\r\nb NOOP\r\n",
       .answer = "+ Pw==\r\na BAD AUTHENTICATE cancelled\r\nb OK NOOP completed\r\n",
       .end = Event::more,
       .steps = {"PLAIN"}},
      {"too early", Protocol::imap, "a SELECT INBOX\r\n", "a BAD Log in first\r\n", Event::more},
      {"LOGOUT", Protocol::imap, "a LOGOUT\r\n", "* BYE Logging out\r\na OK LOGOUT completed\r\n",
       Event::over},
      {"too much", Protocol::imap, "a LOGIN {9999+}\r\n",
       "* BYE [TOOBIG] A literal is too large\r\n", Event::over},
  });
}

TEST(Pop3Lobby, TakesALogin) {  // RFC 1939 section 7, RFC 5034 section 4
  check({
      {"USER", Protocol::pop3, "USER anna\r\nPASS se cret\r\nSTAT\r\n", "+OK and the password\r\n",
       Event::login, "anna", "se cret", "STAT\r\n"},
      {.name = "PLAIN",
       .protocol = Protocol::pop3,
       .program = "AUTH PLAIN\r\neHg=\r\n",
       .answer = "+ Pw==\r\n",
       .end = Event::exchange,
       .steps = {"PLAIN", "<eHg=>"}},
      {.name = "at once",
       .protocol = Protocol::pop3,
       .program = "AUTH PLAIN =\r\nSTAT\r\n",
       .answer = "",
       .end = Event::exchange,
       .rest = "STAT\r\n",
       .steps = {"PLAIN <>"}},
  });
}

TEST(Pop3Lobby, AnswersBeforeALogin) {
  check({
      {"CAPA", Protocol::pop3, "CAPA\r\n",
       "+OK this is what there is\r\nUSER\r\nSASL SCRAM-SHA-256 PLAIN LOGIN\r\nRESP-CODES\r\n"
       "AUTH-RESP-CODE\r\nIMPLEMENTATION Postern\r\n.\r\n",
       Event::more},
      {"AUTH alone", Protocol::pop3, "AUTH\r\n",
       "+OK mechanisms follow\r\nSCRAM-SHA-256\r\nPLAIN\r\nLOGIN\r\n.\r\n", Event::more},
      {"PASS alone", Protocol::pop3, "PASS x\r\n", "-ERR the user name comes first\r\n",
       Event::more},
      {"STLS", Protocol::pop3, "STLS\r\n",
       "-ERR Postern makes TLS to the server; switch it off here\r\n", Event::more},
      {"too early", Protocol::pop3, "STAT\r\n", "-ERR log in first\r\n", Event::more},
      {.name = "given up",
       .protocol = Protocol::pop3,
       .program = "AUTH PLAIN\r\n*\r\n",
       .answer = "+ Pw==\r\n-ERR given up\r\n",
       .end = Event::more,
       .steps = {"PLAIN"}},
      {"QUIT", Protocol::pop3, "QUIT\r\n", "+OK bye\r\n", Event::over},
  });
}

const std::string hello_answer =
    "250-mx.example at your service\r\n250-SIZE 1000\r\n250 AUTH SCRAM-SHA-256 PLAIN LOGIN\r\n";

TEST(SmtpLobby, TakesALogin) {  // RFC 4954 section 4
  check({
      {.name = "PLAIN",
       .protocol = Protocol::smtp,
       .program = "EHLO me\r\nAUTH PLAIN\r\neHg=\r\n",
       .answer = hello_answer + "334 Pw==\r\n",
       .end = Event::exchange,
       .steps = {"PLAIN", "<eHg=>"}},
      {.name = "at once; what follows is for the server",
       .protocol = Protocol::smtp,
       .program = "EHLO me\r\nauth plain eHg=\r\nMAIL FROM:<a@b>\r\n",
       .answer = hello_answer,
       .end = Event::exchange,
       .rest = "MAIL FROM:<a@b>\r\n",
       .steps = {"plain <eHg=>"}},
  });
}

TEST(SmtpLobby, AnswersBeforeALogin) {  // RFC 5321 section 4.1.1, RFC 4954 section 4
  check({
      {"HELO, and AUTH, which it has not", Protocol::smtp, "HELO me\r\nAUTH PLAIN\r\n",
       "250 mx.example at your service\r\n503 5.5.1 say EHLO first\r\n", Event::more},
      {"STARTTLS", Protocol::smtp, "EHLO me\r\nSTARTTLS\r\n",
       hello_answer + "502 5.5.1 Postern makes TLS to the server; switch it off here\r\n",
       Event::more},
      {"NOOP and RSET", Protocol::smtp, "NOOP\r\nRSET\r\n", "250 2.0.0 here\r\n250 2.0.0 here\r\n",
       Event::more},
      {"a message", Protocol::smtp, "EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n",
       hello_answer +
           "530 5.7.0 log in first\r\n530 5.7.0 log in first\r\n530 5.7.0 log in first\r\n",
       Event::more},
      {"octets that nobody counts", Protocol::smtp, "BDAT 9 LAST\r\nEHLO x\r\n",
       "530 5.7.0 log in first\r\n", Event::over},
      {.name = "given up",
       .protocol = Protocol::smtp,
       .program = "EHLO me\r\nAUTH LOGIN\r\n*\r\nQUIT\r\n",
       .answer = hello_answer + "334 Pw==\r\n501 5.7.0 given up\r\n221 2.0.0 bye\r\n",
       .end = Event::over,
       .steps = {"LOGIN"}},
  });
}

TEST(ShownHello, IsTheServersWithAWayIn) {  // RFC 5321 section 4.1.1.1, RFC 4954 section 3
  struct {
    const char* name;
    std::vector<std::string> server;
    std::vector<std::string> shown;
  } const rows[] = {
      {"all of it but STARTTLS and AUTH, in any form",
       {"mx", "PIPELINING", "starttls", "auth PLAIN X", "AUTH=LOGIN", "LIMITS RCPTMAX=9"},
       {"mx", "PIPELINING", "LIMITS RCPTMAX=9", "AUTH PLAIN LOGIN"}},
      {"what only begins so",
       {"mx", "STARTTLSX", "AUTHX"},
       {"mx", "STARTTLSX", "AUTHX", "AUTH PLAIN LOGIN"}},
      {"a server without extensions", {"mx"}, {"mx", "AUTH PLAIN LOGIN"}},
      {"the first line is a name", {"STARTTLS"}, {"STARTTLS", "AUTH PLAIN LOGIN"}},
  };
  const std::string_view mechanisms[] = {"PLAIN", "LOGIN"};
  for (const auto& row : rows) {
    const auto shown = shown_hello({250, std::nullopt, row.server}, mechanisms);
    EXPECT_EQ(shown.lines, row.shown) << row.name;
    EXPECT_EQ(shown.code, 250U);
  }
  EXPECT_EQ(shown_hello({250, std::nullopt, {"mx", "AUTH X"}}, {}).lines,
            std::vector<std::string>{"mx"});
}

TEST(Lobbies, SayWhatBecameOfALogin) {  // RFC 5530 section 3, RFC 3206, RFC 4954 section 6
  struct {
    Protocol protocol;
    const char* login;
    const char* accepted;
    const char* wrong;
    const char* later;
    const char* senseless;
  } const rows[] = {
      {Protocol::imap, "a AUTHENTICATE X =\r\n", "a OK Logged in\r\n",
       "a NO [AUTHENTICATIONFAILED] why?\r\n", "a NO [UNAVAILABLE] why?\r\n",
       "a BAD That makes no sense here\r\n"},
      {Protocol::pop3, "AUTH X =\r\n", "+OK logged in\r\n", "-ERR [AUTH] why?\r\n",
       "-ERR [SYS/TEMP] why?\r\n", "-ERR that makes no sense here\r\n"},
      {Protocol::smtp, "EHLO me\r\nAUTH X =\r\n", "235 2.7.0 logged in\r\n", "535 5.7.8 why?\r\n",
       "454 4.7.0 why?\r\n", "501 5.5.2 that makes no sense here\r\n"},
  };
  for (const auto& row : rows) {
    const auto lobby = lobby_of(row.protocol, 1000);
    std::string out;
    lobby->feed(row.login);
    ASSERT_EQ(lobby->next(out), Event::exchange);
    (void)lobby->take_step();
    const auto said = [&](auto&& act) {
      out.clear();
      act();
      return out;
    };
    EXPECT_EQ(said([&] { lobby->accept(out); }), row.accepted);
    EXPECT_EQ(said([&] { lobby->refuse(Lobby::Refusal::credentials, "why\n", out); }), row.wrong);
    EXPECT_EQ(said([&] { lobby->refuse(Lobby::Refusal::for_now, "why\n", out); }), row.later);
    EXPECT_EQ(said([&] { lobby->object(Lobby::Objection::senseless, out); }), row.senseless);
  }
}

TEST(Lobbies, LimitTheirLines) {
  for (const Protocol protocol : {Protocol::imap, Protocol::pop3, Protocol::smtp}) {
    const auto lobby = lobby_of(protocol, 1000);
    std::string out;
    lobby->feed(std::string(1000, 'x'));
    EXPECT_EQ(lobby->next(out), Event::over);
  }
}

}  // namespace
}  // namespace postern::relay
