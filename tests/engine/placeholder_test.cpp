#include "sync/engine/placeholder.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postern::engine {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::uint64_t mebi = 1024 * 1024;

std::string placeholder(std::string_view header, std::uint64_t octets = 200 * mebi) {
  return placeholder_message({header, octets, 150 * mebi, "pop3://anna@pop.example.net:995"});
}

TEST(Placeholder, SaysWhatItStandsFor) {  // R15
  const std::string message = placeholder(
      "Received: from x\r\nFrom: Bert <b@example.org>\r\nTo: anna\r\nCc: carl\r\n"
      "Date: Tue, 3 Feb 2015 10:00:00 +0100\r\nSubject: the\r\n film\r\nX-Other: "
      "y\r\n\r\nText\r\n");
  EXPECT_THAT(message, StartsWith("From: Bert <b@example.org>\r\nTo: anna\r\nCc: carl\r\n"
                                  "Date: Tue, 3 Feb 2015 10:00:00 +0100\r\n"
                                  "Subject: [too large] the film\r\n"));
  EXPECT_THAT(message, HasSubstr("the limit of 150 MiB. It has 200 MiB."));
  EXPECT_THAT(message, HasSubstr("pop3://anna@pop.example.net:995"));
  EXPECT_THAT(message, Not(HasSubstr("X-Other")));
  EXPECT_THAT(message, Not(HasSubstr("Text")));
}

TEST(Placeholder, IsTheSameEachTime) {
  const std::string header = "From: b@example.org\r\nSubject: x\r\n\r\n";
  EXPECT_EQ(placeholder(header), placeholder(header));
}

TEST(Placeholder, TakesWhateverTheServerShowed) {
  struct {
    const char* name;
    std::string header;
    const char* expected;
  } const rows[] = {
      {"nothing", "", "From: Postern <postern@localhost>\r\nSubject: [too large] \r\n"},
      {"no From", "Subject: x\r\n\r\n", "From: Postern <postern@localhost>\r\n"},
      {"no end", "From: b@example.org", "From: b@example.org\r\n"},
      {"LF alone", "From: b@example.org\nSubject: x\n\n", "Subject: [too large] x\r\n"},
      {"other letters", "SUBJECT: x\r\n\r\n", "Subject: [too large] x\r\n"},
      {"control characters", std::string("Subject: a\0b\rc\r\n\r\n", 17),
       "Subject: [too large] abc\r\n"},
      {"only in the text", "To: a\r\n\r\nSubject: x\r\n", "Subject: [too large] \r\n"},
      {"a longer name", "Subjects: x\r\n\r\n", "Subject: [too large] \r\n"},
  };
  for (const auto& row : rows)
    EXPECT_THAT(placeholder(row.header), HasSubstr(row.expected)) << row.name;
}

TEST(Placeholder, HasLinesThatEnd) {  // RFC 5322 section 2.1.1
  const std::string message = placeholder("Subject: " + std::string(100'000, 'x') + "\r\n\r\n");
  EXPECT_LT(message.size(), 4000U);
  for (std::size_t at = 0; (at = message.find('\n', at)) != std::string::npos; ++at)
    EXPECT_EQ(message[at - 1], '\r');
}

TEST(Placeholder, DoesNotRepeatALie) {  // D10
  EXPECT_THAT(placeholder("", 10), HasSubstr("It is larger than the server says."));
  EXPECT_THAT(placeholder("", 10), Not(HasSubstr("It has")));
}

}  // namespace
}  // namespace postern::engine
