#include "sync/wire/smtp/path.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::wire::smtp {
namespace {

struct Row {
  const char* name;
  std::string text;
  std::optional<std::string> address;
  std::string rest = "";
  Charset charset = Charset::ascii;
};

TEST(TakePath, ReadsWhatIsAPathAndNothingElse) {
  const std::vector<Row> rows{
      {"RFC 5321 section 4.1.2", "<anna@example.org>", "anna@example.org"},
      {"the null path", "<>", ""},
      {"parameters behind", "<a@b.c> SIZE=1", "a@b.c", " SIZE=1"},
      {"a source route", "<@one,@two.example:a@b.c>", "a@b.c"},
      {"a quoted local part", "<\"a b\"@c.d>", "\"a b\"@c.d"},
      {"a quoted bracket", "<\"a>b\"@c.d>", "\"a>b\"@c.d"},
      {"a quoted quote", "<\"a\\\"b\"@c.d>", "\"a\\\"b\"@c.d"},
      {"an address literal", "<a@[192.0.2.1]>", "a@[192.0.2.1]"},
      {"an IPv6 literal", "<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]"},
      {"dots that stand wrong exist", "<a..b.@c.d>", "a..b.@c.d"},
      {"an underscore in a host", "<a@b_c.d>", "a@b_c.d"},
      {"no brackets", "a@b.c", std::nullopt, "a@b.c"},
      {"no closing bracket", "<a@b.c", std::nullopt, "<a@b.c"},
      {"E12 CRLF", "<a@b.c\r\nRCPT TO:<x@y.z>", std::nullopt, "<a@b.c\r\nRCPT TO:<x@y.z>"},
      {"E12 a blank", "<a b@c.d>", std::nullopt, "<a b@c.d>"},
      {"E12 a bracket", "<a>b@c.d>", std::nullopt, "<a>b@c.d>"},
      {"E12 two addresses", "<a@b.c,d@e.f>", std::nullopt, "<a@b.c,d@e.f>"},
      {"E12 a quoted CR", "<\"a\r\"@b.c>", std::nullopt, "<\"a\r\"@b.c>"},
      {"E12 a quoted NUL", std::string("<\"a\0\"@b.c>", 10), std::nullopt,
       std::string("<\"a\0\"@b.c>", 10)},
      {"no host", "<anna>", std::nullopt, "<anna>"},
      {"an empty host", "<anna@>", std::nullopt, "<anna@>"},
      {"an empty local part", "<@example.org>", std::nullopt, "<@example.org>"},
      {"a host that ends with a dot", "<a@b.>", std::nullopt, "<a@b.>"},
      {"a host that begins with a hyphen", "<a@-b>", std::nullopt, "<a@-b>"},
      {"UTF-8 without SMTPUTF8", "<\xc3\xa4@b.c>", std::nullopt, "<\xc3\xa4@b.c>"},
      {"UTF-8, RFC 6531 section 3.3", "<\xc3\xa4@\xc3\xb6.de>", "\xc3\xa4@\xc3\xb6.de", "",
       Charset::utf8},
      {"8-bit that is no UTF-8", "<\xe4@b.c>", std::nullopt, "<\xe4@b.c>", Charset::utf8},
  };
  for (const Row& row : rows) {
    std::string_view rest = row.text;
    const auto address = take_path(rest, row.charset);
    EXPECT_EQ(address, row.address) << row.name;
    EXPECT_EQ(rest, row.rest) << row.name;
  }
}

TEST(TakePath, BoundsTheLengthsOfRfc5321Section4531) {
  const auto fits = [](std::size_t local, std::size_t host) {
    const std::string text = "<" + std::string(local, 'a') + "@" + std::string(host, 'b') + ">";
    std::string_view rest = text;
    return take_path(rest, Charset::ascii).has_value();
  };
  EXPECT_TRUE(fits(64, 63));
  EXPECT_FALSE(fits(65, 63));
  EXPECT_TRUE(fits(10, 240));
  EXPECT_FALSE(fits(10, 244));
}

TEST(Mailbox, IsOneWhole) {
  EXPECT_TRUE(is_mailbox("anna@example.org", Charset::ascii));
  EXPECT_FALSE(is_mailbox("anna@example.org>", Charset::ascii));
  EXPECT_FALSE(is_mailbox("anna@example.org ", Charset::ascii));
  EXPECT_FALSE(is_mailbox("", Charset::ascii));
}

TEST(Mailbox, ComparesWithoutCase) {
  EXPECT_TRUE(same_mailbox("Anna@Example.ORG", "anna@example.org"));
  EXPECT_FALSE(same_mailbox("anna@example.org", "anna@example.com"));
}

TEST(Xtext, GoesThereAndBack) {
  std::string all;
  for (int octet = 0; octet < 256; ++octet) all += static_cast<char>(octet);
  EXPECT_EQ(from_xtext(to_xtext(all)), all);
  EXPECT_EQ(to_xtext("a+b=c d"), "a+2Bb+3Dc+20d");
}

TEST(Xtext, RefusesWhatIsNone) {
  for (const char* text : {"a b", "a=b", "+", "+4", "+4g", "+ab", "a\x7f"})
    EXPECT_FALSE(from_xtext(text).has_value()) << text;
}

TEST(DomainOrLiteral, IsWhatEhloWants) {
  EXPECT_TRUE(is_domain_or_literal("mail.example.org", Charset::ascii));
  EXPECT_TRUE(is_domain_or_literal("[192.0.2.1]", Charset::ascii));
  EXPECT_FALSE(is_domain_or_literal("two words", Charset::ascii));
  EXPECT_FALSE(is_domain_or_literal("[]", Charset::ascii));
}

}  // namespace
}  // namespace postern::wire::smtp
