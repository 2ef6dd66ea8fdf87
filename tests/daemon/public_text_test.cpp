#include "proxy/daemon/doctor/public_text.h"

#include <gtest/gtest.h>

namespace postern::daemon::doctor {
namespace {

TEST(PublicText, hides_who_it_is_about) {
  const PublicText text("Anna.Meier@example.net", "anni");
  struct Row {
    const char* name;
    const char* line;
    const char* expected;
  };
  for (const Row& row : {
           Row{"nothing to hide", "+OK POP3 server ready", "+OK POP3 server ready"},
           Row{"the user", "+OK Anna.Meier@example.net has 3 messages", "+OK *** has 3 messages"},
           Row{"in another case", "-ERR no ANNA.MEIER@EXAMPLE.NET", "-ERR no ***"},
           Row{"the local part", "+OK maildrop of anna.meier locked", "+OK maildrop of *** locked"},
           Row{"the account", "for anni.", "for ***."},
           Row{"an address of somebody", "mail <bert@example.org>, please", "mail <***>, please"},
           Row{"a timestamp for APOP", "+OK <123.456@pop.example.net>", "+OK <***>"},
           Row{"our address", "+OK hello 192.0.2.17 there", "+OK hello *** there"},
           Row{"a version", "Dovecot 2.3.19 ready", "Dovecot 2.3.19 ready"},
           Row{"control characters", "+OK \x1b[31mred\r", "+OK ?[31mred?"},
           Row{"two addresses", "a@b c@d", "*** ***"},
       }) {
    EXPECT_EQ(text.words(row.line), row.expected) << row.name;
  }
  EXPECT_EQ(text.words(std::string(1000, 'x')).size(), 203U);
  EXPECT_EQ(text.hidden("it said \"no logins from 192.0.2.17\""), "it said \"no logins from ***\"");
}

TEST(PublicText, hides_what_logs_in) {
  const PublicText text("anna", "home");
  struct Row {
    const char* line;
    const char* expected;
  };
  for (const Row& row : {
           Row{"CAPA", "CAPA"},
           Row{"USER anna", "USER ***"},
           Row{"PASS two words", "PASS ***"},
           Row{"pass secret", "pass ***"},
           Row{"APOP anna 0123456789abcdef", "APOP ***"},
           Row{"AUTH PLAIN", "AUTH PLAIN"},
           Row{"AUTH PLAIN AGFubmEAc2VjcmV0", "AUTH PLAIN ***"},
           Row{"AUTH XOAUTH2 dXNlcj0=", "AUTH XOAUTH2 ***"},
           Row{"AUTH", "AUTH"},
           Row{"TOP 1 0", "TOP 1 0"},
       }) {
    EXPECT_EQ(text.command(row.line), row.expected);
  }
}

}  // namespace
}  // namespace postern::daemon::doctor
