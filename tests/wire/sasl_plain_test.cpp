#include "sync/wire/sasl_plain.h"

#include <gtest/gtest.h>

#include "sync/wire/base64.h"

namespace postern::wire {
namespace {

std::string response(std::string_view authorization, std::string_view user,
                     std::string_view password) {
  std::string octets(authorization);
  octets.append(1, '\0').append(user).append(1, '\0').append(password);
  return base64_encode(octets);
}

TEST(SaslPlain, ReadsTheThreeParts) {
  const auto plain = parse_sasl_plain(response("boss", "anna", "pass w\xc3\xb6rd"));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->authorization, "boss");
  EXPECT_EQ(plain->user, "anna");
  EXPECT_EQ(plain->password.reveal(), "pass w\xc3\xb6rd");
}

TEST(SaslPlain, ReadsBackWhatItWrites) {
  const Secret written = format_sasl_plain("anna", Secret("sesame"));
  const auto plain = parse_sasl_plain(written.reveal());
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->authorization, "");
  EXPECT_EQ(plain->user, "anna");
  EXPECT_EQ(plain->password.reveal(), "sesame");
}

struct Bad {
  const char* name;
  std::string text;
};

TEST(SaslPlain, B8B9RefusesWhatRfc4616DoesNotAllow) {
  const Bad rows[] = {
      {"no base64", "not base64!"},
      {"nothing", ""},
      {"no NUL", base64_encode("annasesame")},
      {"one NUL", base64_encode(std::string("anna\0sesame", 11))},
      {"three NULs", response("", "anna", std::string("se\0same", 7))},
      {"empty user", response("", "", "sesame")},
      {"empty password", response("", "anna", "")},
      {"8-bit", response("", "anna", "\xff\xfe")},
      {"long user", response("", std::string(1001, 'a'), "sesame")},
      {"a megabyte", response("", "anna", std::string(1024 * 1024, 'a'))},
      {"64 KiB of base64", std::string(64 * 1024, 'A')},
  };
  for (const Bad& row : rows) EXPECT_FALSE(parse_sasl_plain(row.text)) << row.name;
}

}  // namespace
}  // namespace postern::wire
