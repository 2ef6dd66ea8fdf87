#include "proxy/daemon/doctor/encounter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/net/loop.h"
#include "tests/support/hostile_pop3.h"

namespace postern::daemon::doctor {
namespace {

using postern::test::HostilePop3;
using testing::Contains;
using testing::HasSubstr;

class EncounterTest : public testing::Test {
 protected:
  EncounterTest() : server(loop.io.get_executor()) {
    server.maildrop = {{"a", "Subject: 1\r\n\r\none\r\n"}, {"b", "Subject: 2\r\n\r\ntwo\r\n"}};
    source.server = {"127.0.0.1", server.port()};
    source.tls = config::Tls::none;
    source.username = "anna";
  }

  Encounter meet_it() {
    Encounter encounter;
    loop.run(converse(source, server, encounter));
    return encounter;
  }

  net::test::Loop loop;
  HostilePop3 server;
  config::Source source;

 private:
  static asio::awaitable<void> converse(config::Source source, HostilePop3& server,
                                        Encounter& encounter) {
    Secret password("secret words");
    encounter = co_await meet(std::move(source), std::move(password), Depth::login);
    server.stop();
    co_await server.join();
  }
};

TEST_F(EncounterTest, a_good_server) {
  const Encounter encounter = meet_it();
  EXPECT_FALSE(encounter.trouble.has_value()) << encounter.trouble->detail;
  EXPECT_EQ(encounter.messages, 2U);
  EXPECT_EQ(encounter.flaw, "");
  EXPECT_EQ(server.quits, 1U);
  EXPECT_EQ(server.count("RETR") + server.count("TOP") + server.count("DELE"), 0U);
}

// The daemon polls such a server well: then this must not call it broken.
TEST_F(EncounterTest, a_server_without_uidl) {
  server.quirks.instead["UIDL"] = "-ERR never heard of it\r\n";
  const Encounter encounter = meet_it();
  EXPECT_FALSE(encounter.trouble.has_value()) << encounter.trouble->detail;
  EXPECT_EQ(encounter.messages, 2U);
}

TEST_F(EncounterTest, a_server_that_refuses_tls) {
  source.tls = config::Tls::starttls;
  server.quirks.instead["STLS"] = "-ERR not today\r\n";
  const Encounter encounter = meet_it();
  ASSERT_TRUE(encounter.trouble.has_value());
  EXPECT_THAT(encounter.trouble->detail, HasSubstr("no TLS (\"not today\")"));
  EXPECT_EQ(server.count("USER") + server.count("PASS") + server.count("AUTH"), 0U);
}

TEST_F(EncounterTest, a_refused_password_is_nowhere_in_it) {
  server.quirks.instead["PASS"] = "-ERR [AUTH] no\r\n";
  const Encounter encounter = meet_it();
  ASSERT_TRUE(encounter.trouble.has_value());
  EXPECT_EQ(encounter.trouble->state, engine::SourceState::wrong_password);
  EXPECT_THAT(encounter.transcript, testing::Not(Contains(HasSubstr("secret words"))));
}

}  // namespace
}  // namespace postern::daemon::doctor
