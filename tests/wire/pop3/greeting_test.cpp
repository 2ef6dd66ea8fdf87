#include "sync/wire/pop3/greeting.h"

#include <string>

#include <gtest/gtest.h>

namespace postern::wire::pop3 {
namespace {

TEST(ApopTimestamp, IsAMessageIdOrNothing) {  // D24, RFC 1939 section 7
  struct Row {
    const char* name;
    std::string text;
    std::string expected;  ///< empty: none
  };
  const Row rows[] = {
      {"of the RFC", "POP3 server ready <1896.697170952@dbc.mtview.ca.us>",
       "<1896.697170952@dbc.mtview.ca.us>"},
      {"in the middle", "ready <1.2@host> at your service", "<1.2@host>"},
      {"an address literal", "<1@[127.0.0.1]>", "<1@[127.0.0.1]>"},
      {"the last of two", "<a@b> <c@d>", "<c@d>"},
      {"none", "ready", ""},
      {"no at", "<1896.697170952>", ""},
      {"two at", "<a@b@c>", ""},
      {"nothing before the at", "<@b>", ""},
      {"nothing behind it", "<a@>", ""},
      {"no end", "<a@b", ""},
      {"no begin", "a@b>", ""},
      {"a blank", "<a b@c>", ""},
      {"8-bit, as colliding messages need them", "<a\xff@b>", ""},
      {"a control character", "<a\x01@b>", ""},
      {"NUL", std::string("<a\0@b>", 6), ""},
      {"too long", "<" + std::string(300, 'a') + "@b>", ""},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(apop_timestamp(row.text).value_or(""), row.expected) << row.name;
  }
}

}  // namespace
}  // namespace postern::wire::pop3
