#include "sync/wire/smtp/extensions.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::wire::smtp {
namespace {

Extensions offered(std::vector<std::string> lines) {
  lines.insert(lines.begin(), "mail.example.org greets you");
  return parse_extensions(Reply{250, std::nullopt, std::move(lines)});
}

TEST(Extensions, ReadsWhatProvidersOffer) {
  const Extensions all =
      offered({"PIPELINING", "SIZE 52428800", "8BITMIME", "SMTPUTF8", "CHUNKING", "BINARYMIME",
               "DSN", "STARTTLS", "ENHANCEDSTATUSCODES", "AUTH PLAIN LOGIN scram-sha-256"});
  EXPECT_TRUE(all.pipelining && all.eight_bit_mime && all.smtp_utf8 && all.chunking &&
              all.binary_mime && all.dsn && all.starttls && all.enhanced_codes);
  EXPECT_EQ(all.size, 52'428'800U);
  EXPECT_EQ(all.mechanisms, (std::vector<std::string>{"PLAIN", "LOGIN", "SCRAM-SHA-256"}));
}

struct Row {
  const char* name;
  std::vector<std::string> lines;
  Extensions expected{};
};

TEST(Extensions, TakesOnlyWhatIsMeant) {
  const std::vector<Row> rows{
      {"nothing", {}, {}},
      {"lower case", {"pipelining"}, {.pipelining = true}},
      {"a longer word", {"PIPELININGS", "XSTARTTLS"}, {}},
      {"SIZE without a number, RFC 1870 section 4", {"SIZE"}, {}},
      {"SIZE 0 is no limit, RFC 1870 section 4", {"SIZE 0"}, {}},
      {"SIZE of text", {"SIZE many"}, {}},
      {"SIZE beyond 64 bits", {"SIZE 99999999999999999999"}, {}},
      {"AUTH in the old form", {"AUTH=LOGIN PLAIN"}, {.mechanisms = {"LOGIN", "PLAIN"}}},
      {"both forms", {"AUTH LOGIN", "AUTH=LOGIN"}, {.mechanisms = {"LOGIN"}}},
      {"AUTH of nothing", {"AUTH"}, {}},
  };
  for (const Row& row : rows) EXPECT_EQ(offered(row.lines), row.expected) << row.name;
}

TEST(Extensions, TheGreetingOffersNothing) {
  EXPECT_EQ(parse_extensions(Reply{250, std::nullopt, {"STARTTLS"}}), Extensions{});
}

}  // namespace
}  // namespace postern::wire::smtp
