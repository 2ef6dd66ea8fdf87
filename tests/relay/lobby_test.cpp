#include "proxy/relay/lobby.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::relay {
namespace {

using Event = Lobby::Event;

struct Row {
  const char* name;
  Protocol protocol;
  std::string program;
  std::string answer;
  Event end;
  std::string user{};
  std::string password{};
  std::string rest{};
};

void play(const Row& row, std::size_t step) {
  const auto lobby = make_lobby(row.protocol, 1000);
  std::string out;
  Event event = Event::more;
  std::string_view left = row.program;
  while (!left.empty() && event == Event::more) {
    lobby->feed(left.substr(0, step));
    left.remove_prefix(std::min(step, left.size()));
    event = lobby->next(out);
  }
  EXPECT_EQ(out, row.answer) << row.name << ", " << step;
  EXPECT_EQ(event, row.end) << row.name << ", " << step;
  if (event != Event::login) return;
  const Lobby::Login login = lobby->take_login();
  EXPECT_EQ(login.user, row.user) << row.name;
  EXPECT_EQ(login.password.reveal(), row.password) << row.name;
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
      {"PLAIN", Protocol::imap, "a AUTHENTICATE PLAIN\r\nAGFubmEAc2VjcmV0\r\n", "+ \r\n",
       Event::login, "anna", "secret"},
      {"PLAIN at once", Protocol::imap, "a AUTHENTICATE PLAIN AGFubmEAc2VjcmV0\r\n", "",
       Event::login, "anna", "secret"},
      {"LOGIN in two steps", Protocol::imap, "a AUTHENTICATE LOGIN\r\nYW5uYQ==\r\nc2VjcmV0\r\nrest",
       "+ VXNlcm5hbWU6\r\n+ UGFzc3dvcmQ6\r\n", Event::login, "anna", "secret", "rest"},
  });
}

TEST(ImapLobby, AnswersBeforeALogin) {
  const std::string capabilities = "IMAP4rev1 SASL-IR ID AUTH=PLAIN AUTH=LOGIN";
  check({
      {"CAPABILITY", Protocol::imap, "a CAPABILITY\r\n",
       "* CAPABILITY " + capabilities + "\r\na OK CAPABILITY completed\r\n", Event::more},
      {"STARTTLS", Protocol::imap, "a STARTTLS\r\n",
       "a BAD Postern makes TLS to the server; switch it off here\r\n", Event::more},
      {"given up", Protocol::imap, "a AUTHENTICATE PLAIN\r\n*\r\nb NOOP\r\n",
       "+ \r\na BAD AUTHENTICATE cancelled\r\nb OK NOOP completed\r\n", Event::more},
      {"nonsense", Protocol::imap, "a AUTHENTICATE PLAIN\r\n????\r\n",
       "+ \r\na BAD That makes no sense\r\n", Event::more},
      {"acting for another", Protocol::imap, "a AUTHENTICATE PLAIN YgBhAHA=\r\n",
       "a BAD That makes no sense\r\n", Event::more},
      {"LOGIN with what is no text", Protocol::imap, "a AUTHENTICATE LOGIN\r\nYW5uYQ==\r\n/w==\r\n",
       "+ VXNlcm5hbWU6\r\n+ UGFzc3dvcmQ6\r\na BAD That makes no sense\r\n", Event::more},
      {"another mechanism", Protocol::imap, "a AUTHENTICATE X\r\n",
       "a NO [CANNOT] There is only PLAIN and LOGIN\r\n", Event::more},
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
      {"PLAIN", Protocol::pop3, "AUTH PLAIN\r\nAGFubmEAc2VjcmV0\r\n", "+ \r\n", Event::login,
       "anna", "secret"},
      {"PLAIN at once", Protocol::pop3, "AUTH PLAIN AGFubmEAc2VjcmV0\r\n", "", Event::login, "anna",
       "secret"},
      {"LOGIN", Protocol::pop3, "AUTH LOGIN\r\nYW5uYQ==\r\nc2VjcmV0\r\n",
       "+ VXNlcm5hbWU6\r\n+ UGFzc3dvcmQ6\r\n", Event::login, "anna", "secret"},
  });
}

TEST(Pop3Lobby, AnswersBeforeALogin) {
  check({
      {"PASS alone", Protocol::pop3, "PASS x\r\n", "-ERR the user name comes first\r\n",
       Event::more},
      {"STLS", Protocol::pop3, "STLS\r\n",
       "-ERR Postern makes TLS to the server; switch it off here\r\n", Event::more},
      {"too early", Protocol::pop3, "STAT\r\n", "-ERR log in first\r\n", Event::more},
      {"given up", Protocol::pop3, "AUTH PLAIN\r\n*\r\n", "+ \r\n-ERR given up\r\n", Event::more},
      {"QUIT", Protocol::pop3, "QUIT\r\n", "+OK bye\r\n", Event::over},
  });
}

TEST(Lobbies, LimitTheirLines) {
  for (const Protocol protocol : {Protocol::imap, Protocol::pop3}) {
    const auto lobby = make_lobby(protocol, 1000);
    std::string out;
    lobby->feed(std::string(1000, 'x'));
    EXPECT_EQ(lobby->next(out), Event::over);
  }
}

}  // namespace
}  // namespace postern::relay
