#include "proxy/daemon/doctor/smtp_encounter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/net/loop.h"
#include "tests/support/hostile_smtp.h"

namespace postern::daemon::doctor {
namespace {

using postern::test::HostileSmtp;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class SmtpEncounterTest : public testing::Test {
 protected:
  SmtpEncounterTest() : server(loop.io.get_executor(), nullptr) {
    outgoing.server = {"127.0.0.1", server.port()};
    outgoing.tls = config::Tls::none;
    outgoing.username = "anna";
  }

  Encounter meet_it(Depth depth = Depth::login) {
    Encounter encounter;
    loop.run(converse(outgoing, depth, server, encounter));
    return encounter;
  }

  net::test::Loop loop;
  HostileSmtp server;
  config::Outgoing outgoing;

 private:
  static asio::awaitable<void> converse(config::Outgoing outgoing, Depth depth, HostileSmtp& server,
                                        Encounter& encounter) {
    upstream::Credential password(Secret("secret words"));
    encounter = co_await meet(std::move(outgoing), std::move(password), depth);
    server.stop();
    co_await server.join();
  }
};

TEST_F(SmtpEncounterTest, a_good_server) {
  server.offers = {"PIPELINING", "AUTH PLAIN LOGIN"};
  server.offers_after_login = {"SIZE 1000"};
  const Encounter encounter = meet_it();
  EXPECT_FALSE(encounter.trouble.has_value()) << encounter.trouble->detail;
  EXPECT_THAT(server.commands, ElementsAre(StartsWith("EHLO "), StartsWith("AUTH PLAIN "),
                                           StartsWith("EHLO "), "QUIT"));
  ASSERT_EQ(encounter.capabilities.size(), 2U);
  EXPECT_EQ(encounter.capabilities[0].first, "before login");
  EXPECT_THAT(encounter.capabilities[0].second, Contains("AUTH PLAIN LOGIN"));
  EXPECT_EQ(encounter.capabilities[1].first, "after login");
  EXPECT_THAT(encounter.capabilities[1].second, Contains("SIZE 1000"));
  EXPECT_THAT(encounter.methods, HasSubstr("PLAIN, LOGIN"));
  EXPECT_THAT(encounter.transcript, Contains("C: (the login with PLAIN)"));
}

TEST_F(SmtpEncounterTest, nobody_logs_in_unless_it_is_wanted) {
  const Encounter encounter = meet_it(Depth::hello);
  EXPECT_FALSE(encounter.trouble.has_value());
  EXPECT_EQ(encounter.login, Encounter::Login::not_tried);
  EXPECT_THAT(server.commands, ElementsAre(StartsWith("EHLO "), "QUIT"));
}

TEST_F(SmtpEncounterTest, a_server_that_refuses_tls) {
  outgoing.tls = config::Tls::starttls;
  server.offers = {"STARTTLS", "AUTH PLAIN"};
  server.instead["STARTTLS"] = "454 4.7.0 not today\r\n";
  const Encounter encounter = meet_it();
  ASSERT_TRUE(encounter.trouble.has_value());
  EXPECT_THAT(encounter.trouble->detail, HasSubstr("no TLS"));
  EXPECT_THAT(encounter.trouble->detail, HasSubstr("not today"));
  EXPECT_EQ(server.count("AUTH"), 0U);
}

TEST_F(SmtpEncounterTest, a_refused_password_is_nowhere_in_it) {
  server.instead["AUTH"] = "535 5.7.8 AGFubmEAc2VjcmV0IHdvcmRz is wrong\r\n";
  const Encounter encounter = meet_it();
  ASSERT_TRUE(encounter.trouble.has_value());
  EXPECT_EQ(encounter.trouble->state, engine::SourceState::wrong_password);
  EXPECT_EQ(encounter.doing, "login");
  EXPECT_THAT(encounter.transcript, Not(Contains(HasSubstr("secret words"))));
  EXPECT_THAT(encounter.transcript, Not(Contains(HasSubstr("AGFubmEA"))));
}

TEST_F(SmtpEncounterTest, a_server_that_makes_no_sense) {
  server.instead["EHLO"] = "354 go on\r\n";
  const Encounter encounter = meet_it();
  ASSERT_TRUE(encounter.trouble.has_value());
  EXPECT_THAT(encounter.trouble->detail, HasSubstr("no answer that makes sense"));
}

}  // namespace
}  // namespace postern::daemon::doctor
