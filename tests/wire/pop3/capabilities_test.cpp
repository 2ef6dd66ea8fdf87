#include "sync/wire/pop3/capabilities.h"

#include <gtest/gtest.h>

namespace postern::wire::pop3 {
namespace {

using Name = Capabilities::Name;

TEST(Capabilities, ReadsTheLinesOfAnAnswer) {
  Capabilities capabilities;
  // RFC 2449 section 5, example.
  for (const char* line :
       {"TOP", "USER", "SASL CRAM-MD5 KERBEROS_V4", "RESP-CODES", "LOGIN-DELAY 900", "PIPELINING",
        "EXPIRE 60", "UIDL", "IMPLEMENTATION Shlemazle-Plotz-v302"})
    capabilities.add(line);
  EXPECT_TRUE(capabilities.has(Name::top));
  EXPECT_TRUE(capabilities.has(Name::user));
  EXPECT_TRUE(capabilities.has(Name::resp_codes));
  EXPECT_TRUE(capabilities.has(Name::pipelining));
  EXPECT_TRUE(capabilities.has(Name::uidl));
  EXPECT_FALSE(capabilities.has(Name::stls));
  EXPECT_TRUE(capabilities.has_mechanism("CRAM-MD5"));
  EXPECT_FALSE(capabilities.has_mechanism("PLAIN"));
  EXPECT_EQ(capabilities.login_delay(), std::chrono::seconds(900));
  EXPECT_EQ(capabilities.implementation(), "Shlemazle-Plotz-v302");
}

TEST(Capabilities, ToleratesSloppyLines) {
  Capabilities capabilities;
  for (const char* line :
       {"", "  ", "pipelining", "Sasl  plain\tlogin ", " stls ", "LOGIN-DELAY soon",
        "LOGIN-DELAY -1", "LOGIN-DELAY 99999999999999", "X-UNKNOWN yes"})
    capabilities.add(line);
  EXPECT_TRUE(capabilities.has(Name::pipelining));
  EXPECT_TRUE(capabilities.has(Name::stls));
  EXPECT_TRUE(capabilities.has_mechanism("PLAIN"));
  EXPECT_TRUE(capabilities.has_mechanism("LOGIN"));
  EXPECT_FALSE(capabilities.login_delay());
}

TEST(Capabilities, ReadsHowLongMessagesAreKept) {  // RFC 2449 section 6.7
  struct Row {
    const char* line;
    std::optional<Expiry> expected;
  };
  const Row rows[] = {
      {"EXPIRE NEVER", Expiry{}},     {"EXPIRE 0", Expiry{0}},
      {"expire 30 USER", Expiry{30}}, {"EXPIRE", std::nullopt},
      {"EXPIRE soon", std::nullopt},  {"EXPIRE 99999999999", std::nullopt},
      {"UIDL", std::nullopt},
  };
  for (const Row& row : rows) {
    Capabilities capabilities;
    capabilities.add(row.line);
    EXPECT_EQ(capabilities.expiry(), row.expected) << row.line;
  }
}

TEST(Capabilities, ReadsWhereUtf8MayStand) {  // RFC 6856 section 2
  Capabilities messages;
  messages.add("UTF8");
  EXPECT_TRUE(messages.has(Name::utf8));
  EXPECT_FALSE(messages.has(Name::utf8_user));
  Capabilities names;
  names.add("utf8 user");
  EXPECT_TRUE(names.has(Name::utf8));
  EXPECT_TRUE(names.has(Name::utf8_user));
}

TEST(Capabilities, BoundsTheMechanisms) {
  Capabilities capabilities;
  for (int i = 0; i < 1000; ++i) capabilities.add("SASL A B C");
  EXPECT_LE(capabilities.mechanisms().size(), 32U);
}

}  // namespace
}  // namespace postern::wire::pop3
