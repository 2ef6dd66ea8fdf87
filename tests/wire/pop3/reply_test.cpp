#include "sync/wire/pop3/reply.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::wire::pop3 {
namespace {

struct Row {
  const char* name;
  std::string line;
  Indicator indicator;
  ResponseCode code;
  std::string text;
};

TEST(ParseReply, ReadsStatusLines) {
  using enum Indicator;
  using enum ResponseCode;
  const std::vector<Row> rows{
      {"RFC 1939 section 3", "+OK 2 320", ok, none, "2 320"},
      {"bare (D22)", "+OK", ok, none, ""},
      {"lower case", "+ok ready", ok, none, "ready"},
      {"several blanks", "+OK   2  320 ", ok, none, "2  320"},
      {"tab", "+OK\t2", ok, none, "2"},
      {"refusal", "-ERR no such message", err, none, "no such message"},
      {"refusal in lower case", "-err no", err, none, "no"},
      {"RFC 2449 section 8.1.2", "-ERR [IN-USE] busy", err, in_use, "busy"},
      {"code in lower case", "-ERR [in-use] busy", err, in_use, "busy"},
      {"RFC 2449 section 8.1.1", "-ERR [LOGIN-DELAY] wait", err, login_delay, "wait"},
      {"RFC 3206 section 4", "-ERR [SYS/TEMP] disk", err, sys_temp, "disk"},
      {"RFC 3206 section 4, detail", "-ERR [SYS/TEMP/DISK] full", err, sys_temp, "full"},
      {"RFC 3206 section 4, permanent", "-ERR [SYS/PERM] gone", err, sys_perm, "gone"},
      {"RFC 3206 section 5", "-ERR [AUTH] wrong password", err, auth, "wrong password"},
      {"unknown code", "-ERR [HUH] what", err, other, "what"},
      {"a code that only begins alike", "-ERR [AUTHX] what", err, other, "what"},
      {"no end of the code", "-ERR [AUTH wrong", err, none, "[AUTH wrong"},
      {"code without text", "-ERR [AUTH]", err, auth, ""},
      {"code on success", "+OK [HUH] fine", ok, other, "fine"},
      {"RFC 5034 section 4", "+ Zm9v", challenge, none, "Zm9v"},
      {"empty challenge", "+ ", challenge, none, ""},
      {"empty challenge without a blank", "+", challenge, none, ""},
      {"a challenge has no code", "+ [AUTH]", challenge, none, "[AUTH]"},
  };
  for (const Row& row : rows) {
    const auto reply = parse_reply(row.line);
    ASSERT_TRUE(reply) << row.name;
    EXPECT_EQ(reply->indicator, row.indicator) << row.name;
    EXPECT_EQ(reply->code, row.code) << row.name;
    EXPECT_EQ(reply->text, row.text) << row.name;
  }
}

TEST(ParseReply, RefusesWhatIsNoStatusLine) {
  for (const char* line : {"", " ", "OK", "+OKAY", "-ERROR", "* OK IMAP", "220 smtp", "From: a",
                           "+OK\x01", "++", "-", "HTTP/1.1 400"})
    EXPECT_FALSE(parse_reply(line)) << line;
}

}  // namespace
}  // namespace postern::wire::pop3
