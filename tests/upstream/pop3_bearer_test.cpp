#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/upstream/pop3_session.h"
#include "sync/wire/base64.h"
#include "tests/net/loop.h"
#include "tests/support/hostile_pop3.h"

namespace postern::upstream {
namespace {

using namespace std::chrono_literals;
using test::HostilePop3;
using testing::Contains;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::Not;

const std::string xoauth2 = wire::base64_encode(
    "user=anna\x01"
    "auth=Bearer t0ken\x01\x01");
const std::string json = wire::base64_encode(R"({"status":"invalid_token"})");

asio::awaitable<void> log_in(Pop3Settings settings, std::string user, std::string token,
                             HostilePop3& server, Answer<void>& out) {
  auto opened = co_await Pop3Session::open(settings);
  if (opened) {
    Pop3Session session = std::move(*opened);
    Credential credential = Credential::token(Secret(std::move(token)));
    out = co_await session.login(std::move(user), std::move(credential));
  } else {
    out = std::unexpected(opened.error());
  }
  server.stop();
}

class Bearer : public testing::Test {
 protected:
  Answer<void> login(const std::string& user = "anna", const std::string& token = "t0ken") {
    Pop3Settings settings;
    settings.server = {"127.0.0.1", server.port()};
    settings.tls = config::Tls::none;
    settings.deadlines = {2s, 2s, 2s, 2s};
    Answer<void> out;
    loop.run(log_in(settings, user, token, server, out));
    return out;
  }
  /// The commands of the login: between the two CAPA, or behind the first.
  [[nodiscard]] std::vector<std::string> exchange() const {
    std::vector<std::string> out;
    for (const std::string& command : server.commands) {
      if (command != "CAPA") out.push_back(command);
    }
    return out;
  }
  /// What OAUTHBEARER sends here (RFC 7628 section 3.1).
  [[nodiscard]] std::string oauthbearer() const {
    return wire::base64_encode(
        "n,a=anna,\x01host=127.0.0.1\x01port=" + std::to_string(server.port()) +
        "\x01"
        "auth=Bearer t0ken\x01\x01");
  }

  net::test::Loop loop;
  HostilePop3 server{loop.io.get_executor()};
};

TEST_F(Bearer, TheTokenFollowsOnItsOwnLine) {
  server.quirks.capa = {"SASL PLAIN XOAUTH2"};
  server.quirks.instead = {{"AUTH XOAUTH2", "+ \r\n"}, {xoauth2, "+OK welcome\r\n"}};
  EXPECT_TRUE(login());
  EXPECT_THAT(exchange(), ElementsAreArray({std::string("AUTH XOAUTH2"), xoauth2}));
}

TEST_F(Bearer, WorksWhereCapaDoesNotListIt) {
  server.quirks.capa = {"USER"};
  server.quirks.instead = {{"AUTH XOAUTH2", "+\r\n"}, {xoauth2, "+OK\r\n"}};
  EXPECT_TRUE(login());
}

TEST_F(Bearer, OnOneLineWhereTheServerWantsIt) {
  server.quirks.instead = {{"AUTH XOAUTH2", "-ERR malformed command\r\n"},
                           {"AUTH XOAUTH2 " + xoauth2, "+OK\r\n"}};
  EXPECT_TRUE(login());
  EXPECT_THAT(exchange(),
              ElementsAreArray({std::string("AUTH XOAUTH2"), "AUTH XOAUTH2 " + xoauth2}));
}

TEST_F(Bearer, OauthbearerWhereItIsOffered) {
  server.quirks.capa = {"SASL XOAUTH2 OAUTHBEARER"};
  server.quirks.instead = {{"AUTH OAUTHBEARER", "+ \r\n"}, {oauthbearer(), "+OK\r\n"}};
  EXPECT_TRUE(login());
  EXPECT_THAT(exchange(), ElementsAreArray({std::string("AUTH OAUTHBEARER"), oauthbearer()}));
}

TEST(BearerRefusals, AreTold) {
  struct Row {
    const char* name;
    std::map<std::string, std::string> instead;
    Refusal kind;
    bool certain;
  };
  const std::string ask = "+ \r\n";
  const Row rows[] = {
      {"in JSON, then -ERR (RFC 7628 section 3.2.3)",
       {{"AUTH XOAUTH2", ask}, {xoauth2, "+ " + json + "\r\n"}, {"", "-ERR no\r\n"}},
       Refusal::auth,
       true},
      {"in JSON, then +OK all the same",
       {{"AUTH XOAUTH2", ask}, {xoauth2, "+ " + json + "\r\n"}, {"", "+OK\r\n"}},
       Refusal::auth,
       true},
      {"[AUTH]", {{"AUTH XOAUTH2", ask}, {xoauth2, "-ERR [AUTH] no\r\n"}}, Refusal::auth, true},
      {"without a reason", {{"AUTH XOAUTH2", ask}, {xoauth2, "-ERR no\r\n"}}, Refusal::auth, false},
      {"[IN-USE]",
       {{"AUTH XOAUTH2", ask}, {xoauth2, "-ERR [IN-USE] later\r\n"}},
       Refusal::in_use,
       true},
      {"[SYS/TEMP] to the bare command, the token is not sent",
       {{"AUTH XOAUTH2", "-ERR [SYS/TEMP] later\r\n"}},
       Refusal::sys_temp,
       true},
      {"+OK to the bare command", {{"AUTH XOAUTH2", "+OK\r\n"}}, Refusal::protocol, false},
      {"challenges without an end",
       {{"AUTH XOAUTH2", ask}, {xoauth2, ask}, {"", ask}},
       Refusal::protocol,
       false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    net::test::Loop loop;
    HostilePop3 other(loop.io.get_executor());
    other.quirks.instead = row.instead;
    Pop3Settings settings;
    settings.server = {"127.0.0.1", other.port()};
    settings.tls = config::Tls::none;
    settings.deadlines = {2s, 2s, 2s, 2s};
    Answer<void> out;
    loop.run(log_in(settings, "anna", "t0ken", other, out));
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().kind, row.kind);
    EXPECT_EQ(out.error().certain, row.certain);
    EXPECT_THAT(out.error().words, Not(HasSubstr("t0ken")));
  }
}

TEST(BearerRefusals, NothingBreaksOutOfItsField) {
  for (const auto& [user, token] : {std::pair<std::string, std::string>{"anna\r\nDELE 1", "t"},
                                    {"anna\x01"
                                     "auth=Bearer other",
                                     "t"},
                                    {"anna", "t\x01\x01"},
                                    {"anna", "t\nDELE 1"}}) {
    net::test::Loop loop;
    HostilePop3 other(loop.io.get_executor());
    Pop3Settings settings;
    settings.server = {"127.0.0.1", other.port()};
    settings.tls = config::Tls::none;
    Answer<void> out;
    loop.run(log_in(settings, user, token, other, out));
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().kind, Refusal::auth);
    EXPECT_EQ(other.count("AUTH"), 0U);
  }
}

}  // namespace
}  // namespace postern::upstream
