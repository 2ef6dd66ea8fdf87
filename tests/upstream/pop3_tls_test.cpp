#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/upstream/pop3_fixture.h"

namespace postern::upstream {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(Pop3SessionTest, SpeaksTlsFromTheStart) {
  serve(HostilePop3::Start::tls);
  const Course course = run(config::Tls::implicit);
  EXPECT_FALSE(course.refused);
  EXPECT_FALSE(course.lost);
  EXPECT_EQ(sink.messages.size(), 2U);
}

TEST_F(Pop3SessionTest, StartsTls) {  // RFC 2595 section 4
  serve();
  server->quirks.capa = {"STLS"};
  server->quirks.capa_after_tls = {"USER", "UIDL"};
  const Course course = run(config::Tls::starttls);
  EXPECT_FALSE(course.refused);
  EXPECT_FALSE(course.lost);
  EXPECT_EQ(sink.messages.size(), 2U);
  EXPECT_THAT(std::vector(server->commands.begin(), server->commands.begin() + 4),
              ElementsAre("CAPA", "STLS", "CAPA", "USER anna"));
}

TEST_F(Pop3SessionTest, ForgetsTheCapabilitiesFromBeforeTls) {  // A9
  serve();
  server->quirks.capa = {"STLS", "SASL PLAIN", "PIPELINING"};
  server->quirks.capa_after_tls = {"USER", "UIDL"};
  EXPECT_FALSE(run(config::Tls::starttls).refused);
  EXPECT_EQ(server->count("AUTH"), 0U);
  EXPECT_EQ(server->most_in_flight, 1U);
}

TEST_F(Pop3SessionTest, RefusesWhatStandsBehindTheAnswerToStls) {  // A6
  for (const char* injected : {"+OK injected\r\n", "x", "\r\n"}) {
    serve();
    server->quirks.capa = {"STLS"};
    server->quirks.behind_stls = injected;
    const Course course = run(config::Tls::starttls);
    ASSERT_TRUE(course.refused) << injected;
    EXPECT_EQ(course.refused->kind, Refusal::protocol) << injected;
    EXPECT_TRUE(no_credentials()) << injected;
  }
}

TEST_F(Pop3SessionTest, NeverFallsBackToPlaintext) {  // A10, A11
  struct {
    const char* name;
    std::vector<std::string> capa;
    std::map<std::string, std::string> instead;
  } const rows[] = {
      {"A10: STLS is not offered", {"USER"}, {}},
      {"A10: no CAPA", {}, {{"CAPA", "-ERR\r\n"}}},
      {"A11: STLS is refused", {"STLS"}, {{"STLS", "-ERR no\r\n"}}},
  };
  for (const auto& row : rows) {
    serve();
    server->quirks.capa = row.capa;
    server->quirks.instead = row.instead;
    const Course course = run(config::Tls::starttls);
    ASSERT_TRUE(course.refused) << row.name;
    EXPECT_EQ(course.refused->kind, Refusal::no_tls) << row.name;
    EXPECT_TRUE(no_credentials()) << row.name;
  }
}

TEST_F(Pop3SessionTest, GivesUpOnAPlaintextGreetingWhereTlsShouldBe) {  // A17
  serve();
  const Course course = run(config::Tls::implicit);
  EXPECT_TRUE(course.lost);
  EXPECT_TRUE(no_credentials());
  EXPECT_THAT(sink.messages, IsEmpty());
}

}  // namespace
}  // namespace postern::upstream
