#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/wire/base64.h"
#include "sync/wire/sasl/scram.h"
#include "tests/upstream/pop3_login_fixture.h"

namespace postern::upstream {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(Pop3LoginTest, WhatRepeatsTheSecretIsNotTold) {  // G3
  const std::pair<const char*, const char*> rows[] = {
      {"PASS", "-ERR unknown command PASS secret words\r\n"},
      {"PASS", "-ERR \"secret words\"?\r\n"},
      {"PASS", "-ERR UNKNOWN COMMAND PASS SECRET WORDS\r\n"},
      {"PASS", "-ERR unknown command PASS secret w...\r\n"},
      {"PASS", "secret words? No.\r\n"},
      {"AUTH", "-ERR what is AGFubmEAc2VjcmV0IHdvcmRz good for\r\n"},
      {"AUTH", "-ERR AGFubmEAc2VjcmV0IHdvcmRz: unknown command\r\n"},
      {"AUTH", "-ERR Unknown command AGFubmEAc2VjcmV0IHdvcmRz.\r\n"},
      {"AUTH", "-ERR unknown command [AGFubmEAc2VjcmV0IHdvcmRz]\r\n"},
      {"AUTH", "-ERR unknown command AGFUBMEAC2VJCMV0IHDVCMRZ\r\n"},
      {"AUTH", "-ERR unknown command AGFubmEAc2Vjcm\r\n"},
      {"AUTH", "-ERR unknown:AGFubmEAc2VjcmV0IHdvcmR\r\n"},
      {"AUTH", "-ERR no such thing as plain/c2VjcmV0IHdvcmRz=\r\n"},
      {"AUTH", "-ERR anna/secret words\r\n"},
  };
  for (const auto& [verb, answer] : rows) {
    serve();
    server->quirks.capa = {std::string(verb) == "AUTH" ? "SASL PLAIN" : "USER"};
    wanted = std::string(verb) == "AUTH" ? Login::plain : Login::user;
    if (std::string(verb) == "AUTH")
      server->quirks.instead = {{"AUTH", "+ \r\n"}, {plain_response, answer}};
    else
      server->quirks.instead[verb] = answer;
    const Course course = run();
    ASSERT_TRUE(course.refused) << answer;
    EXPECT_EQ(course.refused->words, "(the server repeated what was sent)") << answer;
  }
}

TEST_F(Pop3LoginTest, WhatRepeatsThePreparedSecretIsNotTold) {  // RFC 4013 section 2.1
  serve();
  server->quirks.capa = {"USER", "UTF8 USER"};
  secret = "pass\xC2\xA0phrase";  // a space that does not break, sent as one that does
  server->quirks.instead["PASS"] = "-ERR unknown command PASS pass phrase\r\n";
  EXPECT_EQ(run().refused->words, "(the server repeated what was sent)");
}

TEST_F(Pop3LoginTest, WhatARefusalSaysIsToldOtherwise) {
  for (const char* words :
       {"unknown command AUTH PLAIN", "secret", "no", "U2FsdXRhdGlvbnMgdG8geW91"}) {
    serve();
    server->quirks.capa = {"SASL PLAIN"};
    wanted = Login::plain;
    server->quirks.instead = {{"AUTH", "+ \r\n"},
                              {plain_response, "-ERR " + std::string(words) + "\r\n"}};
    EXPECT_EQ(run().refused->words, words);
  }
}

TEST_F(Pop3LoginTest, ALaterRefusalThatRepeatsTheSecretIsNotToldEither) {  // G3
  serve();
  server->quirks.instead["UIDL"] = "-ERR secret words, and now UIDL\r\n";
  memory = {};
  const Course course = run();
  EXPECT_THAT(course.listing.flaw + (course.refused ? course.refused->words : ""),
              testing::Not(testing::HasSubstr("secret")));
}

TEST_F(Pop3LoginTest, RemembersWhatWasRefused) {
  offer({"USER", "SASL PLAIN CRAM-MD5"});
  login.refuses = {{"AUTH CRAM", "-ERR no\r\n"}};
  EXPECT_FALSE(run().refused);
  EXPECT_THAT(memory.login.refused, ElementsAre(Login::cram_md5));
  offer({"USER", "SASL PLAIN CRAM-MD5"});
  EXPECT_FALSE(run().refused);
  EXPECT_THAT(exchange(), ElementsAre("AUTH PLAIN", plain_response));
}

TEST_F(Pop3LoginTest, WrongCredentialsAreNotTriedInAnotherWay) {  // D16
  struct {
    const char* name;
    std::vector<std::string> capa;
    LoginServer::Refusal refusal;
    Refusal expected;
    bool certain;
  } const rows[] = {
      {"[AUTH]",
       {"USER", "SASL PLAIN"},
       {plain_response, "-ERR [AUTH] no\r\n"},
       Refusal::auth,
       true},
      {"[IN-USE]", {"USER", "SASL PLAIN"}, {"AUTH", "-ERR [IN-USE] no\r\n"}, Refusal::in_use, true},
      {"[SYS/TEMP]",
       {"USER", "SASL PLAIN"},
       {"AUTH", "-ERR [SYS/TEMP] no\r\n"},
       Refusal::sys_temp,
       true},
      {"PLAIN, no reason",
       {"USER", "SASL PLAIN"},
       {plain_response, "-ERR no\r\n"},
       Refusal::auth,
       false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    login = {};
    memory = {};
    offer(row.capa);
    server->script = [&row, asked = false](const std::string& command, const net::Stream&) mutable {
      using Scripted = HostilePop3::Scripted;
      if (command.starts_with(row.refusal.command))
        return std::optional(Scripted{row.refusal.words});
      if (!command.starts_with("AUTH") || std::exchange(asked, true))
        return std::optional<Scripted>();
      return std::optional(Scripted{"+ \r\n"});
    };
    const Course course = run();
    ASSERT_TRUE(course.refused);
    EXPECT_EQ(course.refused->kind, row.expected);
    EXPECT_EQ(course.refused->certain, row.certain);
    EXPECT_EQ(server->count("USER"), 0U);
    EXPECT_THAT(memory.login.refused, IsEmpty());
  }
}

TEST_F(Pop3LoginTest, AWrongPasswordForCramIsNotTriedAsPlain) {  // D16
  offer({"USER", "SASL PLAIN CRAM-MD5"});
  secret = "not it";
  const Course course = run();
  ASSERT_TRUE(course.refused);
  EXPECT_TRUE(course.refused->certain);
  EXPECT_EQ(server->count("AUTH"), 1U);
  EXPECT_EQ(server->count("PASS"), 0U);
}

TEST_F(Pop3LoginTest, CredentialsGoOutOnceInASession) {  // D16
  struct {
    const char* name;
    std::vector<std::string> capa;
    const char* greeting;
    LoginServer::Refusal refusal;
    std::vector<std::string> next;  ///< the way of the next session
  } const rows[] = {
      {"APOP for an account whose password is a hash",
       {"SASL PLAIN"},
       "+OK <1896.697170952@example.net>\r\n",
       {"APOP", "-ERR no\r\n"},
       {"PLAIN"}},
      {"PLAIN of a server with AUTH-RESP-CODE, which gives no code",
       {"USER", "SASL PLAIN LOGIN", "AUTH-RESP-CODE"},
       "+OK\r\n",
       {"AUTH PLAIN", "-ERR Invalid login or password\r\n"},
       {"LOGIN"}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    login = {};
    memory = {};
    login.refuses = {row.refusal};
    offer(row.capa);
    server->quirks.greeting = row.greeting;
    const Course course = run();
    ASSERT_TRUE(course.refused);
    EXPECT_EQ(course.refused->kind, Refusal::auth);
    EXPECT_TRUE(course.refused->after_proof);
    EXPECT_FALSE(course.refused->certain);
    EXPECT_EQ(server->count("APOP") + server->count("AUTH") + server->count("PASS"), 1U);
    offer(row.capa);
    server->quirks.greeting = row.greeting;
    EXPECT_FALSE(run().refused) << "another way, in another session";
    EXPECT_EQ(login.accepted, row.next);
  }
}

TEST_F(Pop3LoginTest, AServerWithATimestampAndWithoutApopGetsTheNextWayAtOnce) {
  const std::pair<const char*, bool> rows[] = {
      {"-ERR unknown\r\n", true},
      {"-ERR Unknown command: APOP\r\n", true},
      {"-ERR Bad command\r\n", true},
      {"-ERR APOP is not supported here\r\n", true},
      {"-ERR unknown user\r\n", false},
      {"-ERR invalid credentials\r\n", false},
      {"-ERR [AUTH] unknown command\r\n", false},
  };
  for (const auto& [answer, goes_on] : rows) {
    SCOPED_TRACE(answer);
    login = {};
    memory = {};
    login.refuses = {{"APOP", answer}};
    offer({"USER"});
    server->quirks.greeting = "+OK <1896.697170952@example.net>\r\n";
    EXPECT_EQ(!run().refused, goes_on);
    EXPECT_EQ(server->count("APOP"), 1U);
    EXPECT_EQ(server->count("PASS"), goes_on ? 1U : 0U);
  }
}

TEST_F(Pop3LoginTest, AServerThatHangsUpOnTheCredentialsHasRefused) {  // D16
  struct {
    const char* verb;
    std::vector<std::string> capa;
  } const rows[] = {{"PASS", {"USER"}}, {plain_response.c_str(), {"SASL PLAIN"}}, {"APOP", {}}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.verb);
    serve();
    server->quirks.capa = row.capa;
    server->quirks.instead = {{"AUTH", "+ \r\n"}, {row.verb, ""}};
    if (std::string(row.verb) == "APOP")
      server->quirks.greeting = "+OK <1896.697170952@example.net>\r\n";
    const Course course = run();
    EXPECT_FALSE(course.lost);
    ASSERT_TRUE(course.refused);
    EXPECT_EQ(course.refused->kind, Refusal::hung_up);
    EXPECT_TRUE(course.refused->after_proof);
  }
}

TEST_F(Pop3LoginTest, AServerThatHangsUpBeforeTheCredentialsIsLost) {
  for (const char* verb : {"USER", "AUTH"}) {
    SCOPED_TRACE(verb);
    serve();
    server->quirks.capa = {std::string(verb) == "AUTH" ? "SASL PLAIN" : "USER"};
    server->quirks.instead = {{verb, ""}};
    const Course course = run();
    EXPECT_TRUE(course.lost);
    EXPECT_FALSE(course.refused);
  }
}

}  // namespace
}  // namespace postern::upstream
