#include "proxy/relay/filter.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::relay {
namespace {

enum class Says { program, server };

/// What one side sends, and what then goes to both.
struct Turn {
  Says who;
  std::string octets;
  std::string to_program;
  std::string to_server;
};

struct Row {
  const char* name;
  Protocol protocol;
  Greeted greeted;
  std::vector<Turn> turns;
  Filter::State end = Filter::State::going;
};

using Cut = std::function<std::vector<std::string>(const std::string&)>;

void play(const Row& row, const std::string& how, const Cut& cut) {
  const auto filter = make_filter(row.protocol, row.greeted, 1000);
  for (const Turn& turn : row.turns) {
    std::string left;
    std::string right;
    for (const std::string& piece : cut(turn.octets)) {
      if (filter->over()) {  // as a splice goes on without it
        (turn.who == Says::program ? right : left) += piece;
      } else if (turn.who == Says::program) {
        filter->from_left(piece, {left, right});
      } else {
        filter->from_right(piece, {left, right});
      }
    }
    EXPECT_EQ(left, turn.to_program) << row.name << ", " << how << ", after " << turn.octets;
    EXPECT_EQ(right, turn.to_server) << row.name << ", " << how << ", after " << turn.octets;
  }
  EXPECT_EQ(filter->state(), row.end) << row.name << ", " << how;
}

/// Whole, octet by octet, and split at every place.
void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    play(row, "whole", [](const std::string& all) { return std::vector<std::string>{all}; });
    play(row, "by octets", [](const std::string& all) {
      std::vector<std::string> out;
      for (const char c : all) out.emplace_back(1, c);
      return out;
    });
    for (std::size_t at = 1; at < 120; ++at) {
      play(row, "split at " + std::to_string(at), [at](const std::string& all) {
        if (at >= all.size()) return std::vector<std::string>{all};
        return std::vector<std::string>{all.substr(0, at), all.substr(at)};
      });
    }
  }
}

Turn program(std::string octets, std::string to_server, std::string to_program = {}) {
  return {Says::program, std::move(octets), std::move(to_program), std::move(to_server)};
}
Turn server(std::string octets, std::string to_program, std::string to_server = {}) {
  return {Says::server, std::move(octets), std::move(to_program), std::move(to_server)};
}

constexpr auto through = Filter::State::through;
constexpr auto failed = Filter::State::failed;

TEST(ImapFilter, HidesWhatInvitesToTls) {  // RFC 9051 sections 6.2.1 and 7.2.2
  check({
      {"greeting",
       Protocol::imap,
       Greeted::no,
       {server("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED AUTH=PLAIN] hi\r\n",
               "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n")}},
      {"untagged and tagged",
       Protocol::imap,
       Greeted::yes,
       {program("a CAPABILITY\r\n", "a CAPABILITY\r\n"),
        server("* CAPABILITY IMAP4rev1 starttls ID LoginDisabled\r\n",
               "* CAPABILITY IMAP4rev1 ID\r\n"),
        server("a OK [capability STARTTLS IMAP4rev1] done\r\n",
               "a OK [capability IMAP4rev1] done\r\n")}},
      {"names that only begin so, and other lines, stay",
       Protocol::imap,
       Greeted::yes,
       {server("* CAPABILITY STARTTLSX XSTARTTLS\r\n", "* CAPABILITY STARTTLSX XSTARTTLS\r\n"),
        server("* OK STARTTLS is good for you\r\n", "* OK STARTTLS is good for you\r\n"),
        server("* ID (\"x\" {10}\r\n* STARTTLS)\r\n", "* ID (\"x\" {10}\r\n* STARTTLS)\r\n")}},
      {"a literal is as long as it says, and what stands behind it is looked at again",
       Protocol::imap,
       Greeted::yes,
       {program("a CAPABILITY\r\n", "a CAPABILITY\r\n"),
        server("* ID (\"x\" {6}\r\na OK\r\n \"y\" {0}\r\n)\r\n* CAPABILITY STARTTLS\r\na OK\r\n",
               "* ID (\"x\" {6}\r\na OK\r\n \"y\" {0}\r\n)\r\n* CAPABILITY\r\na OK\r\n")}},
      {"a status has no literal, whatever its text says",
       Protocol::imap,
       Greeted::yes,
       {program("a CAPABILITY\r\n", "a CAPABILITY\r\n"),
        server("* OK see {9}\r\n* CAPABILITY STARTTLS\r\na OK see {9}\r\n",
               "* OK see {9}\r\n* CAPABILITY\r\na OK see {9}\r\n"),
        program("b LOGIN u p\r\n", "b LOGIN u p\r\n"), server("b OK\r\n", "b OK\r\n")},
       through},
  });
}

TEST(ImapFilter, AnswersStarttlsItself) {  // A1, A2, A3
  const std::string bad =
      "a BAD Postern has made TLS to the server already; switch it off here\r\n";
  check({
      {"any case", Protocol::imap, Greeted::yes, {program("a starttls\r\n", "", bad)}},
      {"behind another command: in its turn",
       Protocol::imap,
       Greeted::yes,
       {program("b NOOP\r\na STARTTLS\r\nc NOOP\r\n", "b NOOP\r\n"),
        server("b OK\r\n", "b OK\r\n" + bad, "c NOOP\r\n")}},
      {"with a login behind it, which is one of its own",
       Protocol::imap,
       Greeted::yes,
       {program("a STARTTLS\r\nb LOGIN u {5}\r\n", "b LOGIN u {5}\r\n", bad)}},
      {"before the greeting: held back",
       Protocol::imap,
       Greeted::no,
       {program("a STARTTLS\r\n", ""), server("* OK hi\r\n", "* OK hi\r\n" + bad)}},
  });
}

TEST(ImapFilter, IsThroughWithTheLogin) {
  check({
      {"LOGIN; the next command was held back, and what follows is not looked at",
       Protocol::imap,
       Greeted::yes,
       {program("a LOGIN u p\r\nb SELECT INBOX\r\nc STARTTLS\r\n", "a LOGIN u p\r\n"),
        server("a OK [CAPABILITY IMAP4rev1 STARTTLS] in\r\n\xff\x00",
               "a OK [CAPABILITY IMAP4rev1] in\r\n\xff", "b SELECT INBOX\r\nc STARTTLS\r\n"),
        server("* x\n", "* x\n"), program("d STARTTLS\n", "d STARTTLS\n")},
       through},
      {"a LOGIN that is refused",
       Protocol::imap,
       Greeted::yes,
       {program("a LOGIN u p\r\n", "a LOGIN u p\r\n"), server("a NO wrong\r\n", "a NO wrong\r\n"),
        program("b LOGIN u q\r\n", "b LOGIN u q\r\n"), server("b OK\r\n", "b OK\r\n")},
       through},
      {"literals, waited for",
       Protocol::imap,
       Greeted::yes,
       {program("a LOGIN {1}\r\n", "a LOGIN {1}\r\n"), server("+ go\r\n", "+ go\r\n"),
        program("u {2}\r\n", "u {2}\r\n"), server("+\r\n", "+\r\n"),
        program("\r\n\r\n", "\r\n\r\n"), server("a OK\r\n", "a OK\r\n")},
       through},
      {"literals, not waited for",
       Protocol::imap,
       Greeted::yes,
       {program("a LOGIN {1+}\r\nu {0+}\r\n\r\n", "a LOGIN {1+}\r\nu {0+}\r\n\r\n"),
        server("a OK\r\n", "a OK\r\n")},
       through},
      {"a literal that the server does not want",
       Protocol::imap,
       Greeted::yes,
       {program("a LOGIN {9}\r\n", "a LOGIN {9}\r\n"), server("a NO\r\n", "a NO\r\n"),
        program("b NOOP\r\n", "b NOOP\r\n")}},
      {"an answer before the command is whole",
       Protocol::imap,
       Greeted::yes,
       {program("a LOGIN {9+}\r\n", "a LOGIN {9+}\r\n"), server("a NO\r\n", "a NO\r\n"),
        program("123456789 x\r\nb NOOP\r\n", "123456789 x\r\nb NOOP\r\n")}},
      {"AUTHENTICATE",
       Protocol::imap,
       Greeted::yes,
       {program("a AUTHENTICATE LOGIN\r\n", "a AUTHENTICATE LOGIN\r\n"),
        server("+ VXNlcg==\r\n", "+ VXNlcg==\r\n"), program("STARTTLS\r\n", "STARTTLS\r\n"),
        server("+ UGFzcw==\r\n", "+ UGFzcw==\r\n"), program("eA==\r\n", "eA==\r\n"),
        server("* CAPABILITY STARTTLS\r\na OK\r\n", "* CAPABILITY\r\na OK\r\n")},
       through},
      {"COMPRESS: behind it are no lines any more",
       Protocol::imap,
       Greeted::yes,
       {program("a COMPRESS DEFLATE\r\n", "a COMPRESS DEFLATE\r\n"),
        server("a OK\r\n\x1b\n", "a OK\r\n\x1b\n")},
       through},
      {"PREAUTH over TLS",
       Protocol::imap,
       Greeted::no,
       {program("a NOOP\r\n", ""), server("* PREAUTH hi\r\n", "* PREAUTH hi\r\n", "a NOOP\r\n")},
       through},
  });
}

TEST(ImapFilter, EndsWhatIsNoImap) {
  check({{"a greeting of something else",
          Protocol::imap,
          Greeted::no,
          {server("SSH-2.0-x\r\n", "* BYE [UNAVAILABLE] the server does not speak IMAP\r\n")},
          failed},
         {"a program's line that is no command",
          Protocol::imap,
          Greeted::yes,
          {program("x\r\n", "", "x BAD A command is a tag, a blank and a word\r\n"),
           program(" b NOOP\r\n", "", "* BAD A command is a tag, a blank and a word\r\n")}}});
}

TEST(Pop3Filter, HidesStls) {  // RFC 2595 section 4
  check({{"CAPA",
          Protocol::pop3,
          Greeted::no,
          {server("+OK <1@x> hi\r\n", "+OK <1@x> hi\r\n"), program("capa\r\n", "capa\r\n"),
           server("+OK list\r\nUSER\r\nstls\r\nSTLSX\r\n.\r\n",
                  "+OK list\r\nUSER\r\nSTLSX\r\n.\r\n")}},
         {"CAPA that the server does not know",
          Protocol::pop3,
          Greeted::yes,
          {program("CAPA\r\nUSER u\r\n", "CAPA\r\n"),
           server("-ERR\r\n", "-ERR\r\n", "USER u\r\n")}}});
}

TEST(Pop3Filter, AnswersStlsItself) {
  check({{"in its turn",
          Protocol::pop3,
          Greeted::yes,
          {program("USER u\r\nSTLS\r\nPASS p\r\n", "USER u\r\n"),
           server("+OK\r\n",
                  "+OK\r\n-ERR Postern has made TLS to the server already; switch it off here\r\n",
                  "PASS p\r\n")}}});
}

TEST(Pop3Filter, IsThroughWithTheLogin) {
  check({{"PASS",
          Protocol::pop3,
          Greeted::yes,
          {program("PASS p\r\nSTAT\r\n", "PASS p\r\n"),
           server("-ERR no\r\n", "-ERR no\r\n", "STAT\r\n"), server("-ERR\r\n", "-ERR\r\n"),
           program("PASS q\r\n", "PASS q\r\n"), server("+OK in\r\n\n", "+OK in\r\n\n"),
           program("STLS\n", "STLS\n")},
          through},
         {"two answers at once",
          Protocol::pop3,
          Greeted::yes,
          {program("USER u\r\nPASS p\r\nSTAT\r\n", "USER u\r\n"),
           server("+OK\r\n+OK in\r\n", "+OK\r\n+OK in\r\n", "PASS p\r\nSTAT\r\n")},
          through},
         {"APOP",
          Protocol::pop3,
          Greeted::yes,
          {program("APOP u 0123\r\n", "APOP u 0123\r\n"), server("+OK\r\n", "+OK\r\n")},
          through},
         {"AUTH",
          Protocol::pop3,
          Greeted::yes,
          {program("AUTH PLAIN\r\n", "AUTH PLAIN\r\n"), server("+ \r\n", "+ \r\n"),
           program("STLS\r\n", "STLS\r\n"), server("+OK\r\n", "+OK\r\n")},
          through},
         {"AUTH alone lists",
          Protocol::pop3,
          Greeted::yes,
          {program("AUTH\r\nNOOP\r\n", "AUTH\r\n"),
           server("+OK\r\nPLAIN\r\n.\r\n", "+OK\r\nPLAIN\r\n.\r\n", "NOOP\r\n")}}});
}

TEST(Pop3Filter, EndsWhatIsNoPop3) {
  check({{"a greeting of something else",
          Protocol::pop3,
          Greeted::no,
          {server("220 hi\r\n", "-ERR [SYS/TEMP] the server does not speak POP3\r\n")},
          failed}});
}

TEST(SmtpFilter, HidesStarttls) {  // RFC 3207 section 4
  check({{"in the middle, and as the last line",
          Protocol::smtp,
          Greeted::no,
          {server("220-two\r\n220 lines\r\n", "220-two\r\n220 lines\r\n"),
           program("EHLO me\r\n", "EHLO me\r\n"),
           server("250-x\r\n250-starttls\r\n250 SIZE 1\r\n", "250-x\r\n250 SIZE 1\r\n"),
           program("EHLO me\r\n", "EHLO me\r\n"),
           server("250-x\r\n250-SIZE 1\r\n250 STARTTLS\r\n", "250-x\r\n250 SIZE 1\r\n"),
           program("EHLO me\r\n", "EHLO me\r\n"), server("250 STARTTLS\r\n", "250 STARTTLS\r\n"),
           program("EHLO me\r\nHELO me\r\n", "EHLO me\r\n"),
           server("502 no\r\n", "502 no\r\n", "HELO me\r\n")}}});
}

TEST(SmtpFilter, AnswersStarttlsItself) {
  check({{"in its turn",
          Protocol::smtp,
          Greeted::yes,
          {program("NOOP\r\nSTARTTLS\r\nRSET\r\n", "NOOP\r\n"),
           server("250 ok\r\n",
                  "250 ok\r\n502 5.5.1 Postern has made TLS to the server already; switch it off "
                  "here\r\n",
                  "RSET\r\n")}}});
}

TEST(SmtpFilter, IsThroughWithTheLoginOrAMessage) {
  check({{"AUTH",
          Protocol::smtp,
          Greeted::yes,
          {program("AUTH LOGIN\r\n", "AUTH LOGIN\r\n"),
           server("334 VXNlcg==\r\n", "334 VXNlcg==\r\n"), program("STARTTLS\r\n", "STARTTLS\r\n"),
           server("334 \r\n", "334 \r\n"), program("eA==\r\n", "eA==\r\n"),
           server("235 in\r\n", "235 in\r\n"), program("STARTTLS\n", "STARTTLS\n")},
          through},
         {"AUTH that is refused",
          Protocol::smtp,
          Greeted::yes,
          {program("AUTH PLAIN x\r\nQUIT\r\n", "AUTH PLAIN x\r\n"),
           server("535-5.7.8 wrong\r\n535 5.7.8 indeed\r\n",
                  "535-5.7.8 wrong\r\n535 5.7.8 indeed\r\n", "QUIT\r\n")}},
         {"MAIL, pipelined",
          Protocol::smtp,
          Greeted::yes,
          {program("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n",
                   "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n")},
          through}});
}

TEST(Filters, LimitTheirLines) {
  for (const Protocol protocol : {Protocol::imap, Protocol::pop3, Protocol::smtp}) {
    for (const Says who : {Says::program, Says::server}) {
      const auto filter = make_filter(protocol, Greeted::yes, 1000);
      std::string left;
      std::string right;
      for (int i = 0; i < 1000 && !filter->over(); ++i) {
        if (who == Says::program) {
          filter->from_left("x", {left, right});
        } else {
          filter->from_right("x", {left, right});
        }
      }
      EXPECT_EQ(filter->state(), failed);
      EXPECT_TRUE(left.ends_with("sent a line without an end\r\n")) << left;
      EXPECT_EQ(right, "");
    }
  }
}

TEST(Filters, TellThatTheServerWentWithoutAWord) {
  struct {
    Protocol protocol;
    const char* command;
  } const rows[] = {{Protocol::imap, "a LOGIN u p\r\n"},
                    {Protocol::pop3, "USER u\r\n"},
                    {Protocol::smtp, "EHLO me\r\n"}};
  for (const auto& row : rows) {
    const auto filter = make_filter(row.protocol, Greeted::yes, 1000);
    std::string left;
    std::string right;
    filter->from_left(row.command, {left, right});
    filter->right_ended({left, right});
    EXPECT_EQ(left, farewell(row.protocol, "the server ended the connection"));
  }
}

TEST(Filters, SayNothingBehindTheServersOwnGoodbye) {
  struct {
    Protocol protocol;
    const char* goodbye;
  } const rows[] = {{Protocol::imap, "* BYE out\r\n"},
                    {Protocol::pop3, "-ERR out\r\n"},
                    {Protocol::smtp, "421 out\r\n"}};
  for (const auto& row : rows) {
    const auto filter = make_filter(row.protocol, Greeted::no, 1000);
    std::string left;
    std::string right;
    filter->from_right(row.goodbye, {left, right});
    filter->right_ended({left, right});
    EXPECT_EQ(left, row.goodbye);
  }
}

TEST(Filters, HoldNoLineThatHasNoEnd) {
  for (const Protocol protocol : {Protocol::imap, Protocol::pop3, Protocol::smtp}) {
    const auto filter = make_filter(protocol, Greeted::yes, 1000);
    std::string left;
    std::string right;
    filter->from_left("a NO", {left, right});
    EXPECT_FALSE(filter->holds_left());
  }
}

TEST(Filters, HoldNoMoreThanOneCommandBack) {
  const auto filter = make_filter(Protocol::imap, Greeted::yes, 1000);
  std::string left;
  std::string right;
  EXPECT_TRUE(filter->takes_left());
  filter->from_left("a NOOP\r\nb NOOP\r\n", {left, right});
  EXPECT_FALSE(filter->takes_left());
  EXPECT_TRUE(filter->holds_left());
  filter->from_right("a OK\r\nb OK\r\n", {left, right});
  EXPECT_FALSE(filter->holds_left());
}

}  // namespace
}  // namespace postern::relay
