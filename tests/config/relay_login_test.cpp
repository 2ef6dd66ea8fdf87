#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "config/load.h"

namespace postern::config {
namespace {

const std::string account =
    "accounts:\n  anna:\n    password: {env: LOCAL}\n    sources:\n"
    "      - {pop3: \"pop.example:995\", username: puller, password: {env: PULL}}\n"
    "      - {provider: gmail, username: a@gmail.com, oauth: {client_id: c}}\n"
    "    outgoing:\n"
    "      - {smtp: \"mx.example:465\", username: sender, password: {env: SEND}, from: [a@b.c]}\n"
    "      - {provider: gmail, from: [a@gmail.com]}\n";

RelayLogin login_at(const std::string& protocol, const std::string& host,
                    const std::string& more = "") {
  const auto config =
      parse(account + "relays:\n  - {listen: \"127.0.0.1:1\", protocol: " + protocol +
                ", upstream: \"" + host + ":1\", login: {account: anna" + more + "}}\n",
            "p.yaml");
  if (!config) throw std::runtime_error(config.error().front().text());
  return config->relays.at(0).login.at(0);
}

std::string environment_of(const RelayLogin& login) {
  if (!login.password) return "";
  return std::get<SecretSource::Environment>(login.password->from).name;
}

TEST(RelayLogin, IsTheOneOfTheSameServer) {
  const RelayLogin pop3 = login_at("pop3", "pop.example");
  EXPECT_EQ(pop3.account, "anna");
  EXPECT_EQ(pop3.username, "puller");
  EXPECT_EQ(environment_of(pop3), "PULL");
  const RelayLogin smtp = login_at("smtp", "mx.example");
  EXPECT_EQ(smtp.account, "anna");
  EXPECT_EQ(smtp.username, "sender");
  EXPECT_EQ(environment_of(smtp), "SEND");
}

TEST(RelayLogin, OfSmtpMayBeThatOfASource) {
  EXPECT_EQ(environment_of(login_at("smtp", "pop.example")), "PULL");
}

TEST(RelayLogin, IsTheOneOfTheSameProvider) {
  for (const auto& [protocol, host] : {std::pair{"imap", "imap.gmail.com"},
                                       {"smtp", "smtp.gmail.com"},
                                       {"pop3", "pop.gmail.com"}}) {
    SCOPED_TRACE(protocol);
    const RelayLogin login = login_at(protocol, host);
    EXPECT_EQ(login.username, "a@gmail.com");
    ASSERT_TRUE(login.source);
    EXPECT_TRUE(login.source->oauth);
    EXPECT_FALSE(login.password);
  }
}

TEST(RelayLogin, IsTheWrittenOne) {
  const RelayLogin login =
      login_at("smtp", "smtp.gmail.com", ", username: u, password: {env: OWN}");
  EXPECT_EQ(login.username, "u");
  EXPECT_EQ(environment_of(login), "OWN");
  EXPECT_FALSE(login.source);
}

}  // namespace
}  // namespace postern::config
