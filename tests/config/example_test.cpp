#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "config/load.h"
#include "config/values.h"

namespace postern::config {
namespace {

/// The YAML blocks of a page of the documentation, which users copy.
std::vector<std::string> examples(const std::string& page) {
  std::ifstream stream(std::string(POSTERN_SOURCE_FOLDER) + "/" + page);
  std::vector<std::string> blocks;
  bool inside = false;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("```")) {
      inside = line == "```yaml";
      if (inside) blocks.emplace_back();
    } else if (inside) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

Config read_text(const std::string& yaml) {
  auto config = parse(yaml, "/etc/postern/postern.yaml");
  if (config) return std::move(*config);
  for (const Mistake& mistake : config.error()) ADD_FAILURE() << mistake.text();
  return {};
}

/// The one with every key there is.
Config read_example() {
  const auto blocks = examples("docs/configuration.md");
  EXPECT_EQ(blocks.size(), 1U);
  return blocks.empty() ? Config{} : read_text(blocks[0]);
}

TEST(Example, OfTheReadmeIsRight) {
  const auto blocks = examples("README.md");
  ASSERT_EQ(blocks.size(), 1U);
  const Config config = read_text(blocks[0]);
  ASSERT_EQ(config.accounts.size(), 1U);
  EXPECT_EQ(config.accounts[0].sources.at(0).server.host, "pop.gmx.net");
  EXPECT_TRUE(config.notes.empty());
}

TEST(Example, TopLevel) {
  const Config config = read_example();
  EXPECT_EQ(config.file, "/etc/postern/postern.yaml");
  EXPECT_EQ(config.state, "/var/lib/postern");
  EXPECT_EQ(config.listen.imap, std::vector<std::string>{"127.0.0.1:1143"});
  EXPECT_EQ(config.listen.imaps, (std::vector<std::string>{"0.0.0.0:1993", "[::]:1993"}));
  EXPECT_EQ(config.listen.pop3, std::vector<std::string>{"127.0.0.1:1110"});
  EXPECT_FALSE(config.tls);
  EXPECT_EQ(config.limits.connections, 500U);
  EXPECT_EQ(config.limits.connections_per_address, 20U);
  EXPECT_EQ(config.limits.message, 100U * 1024 * 1024);
  EXPECT_EQ(config.limits.command_line, 32U * 1024);
  EXPECT_EQ(config.log_level, log::Level::warning);
  EXPECT_EQ(config.log_format, log::Format::json);
}

TEST(Example, Accounts) {
  const Config config = read_example();
  ASSERT_EQ(config.accounts.size(), 2U);
  const Account& anna = config.accounts[0];
  EXPECT_EQ(anna.name, "anna");
  EXPECT_EQ(std::get<SecretSource::File>(anna.password.from).path, "/etc/postern/secrets/anna");
  EXPECT_EQ(config.accounts[1].name, "bert");
  EXPECT_EQ(std::get<SecretSource::Credential>(config.accounts[1].password.from).name, "bert");
}

TEST(Example, Sources) {
  const Config config = read_example();
  ASSERT_EQ(config.accounts.at(0).sources.size(), 2U);
  const Source& gmx = config.accounts[0].sources[0];
  EXPECT_EQ(gmx.provider, "gmx.net");
  EXPECT_EQ(gmx.key(), "pop3://anna@gmx.de@pop.gmx.net:995");
  EXPECT_EQ(gmx.tls, Tls::implicit);
  EXPECT_EQ(gmx.login, Login::strongest);
  EXPECT_EQ(gmx.keep_on_server.rule, KeepOnServer::Rule::forever);
  EXPECT_EQ(gmx.poll, std::chrono::minutes(5));
  EXPECT_EQ(gmx.deliver_to, "INBOX");
  EXPECT_EQ(std::get<SecretSource::Command>(gmx.password.from).line, "secret-tool lookup mail gmx");

  const Source& plain = config.accounts[0].sources[1];
  EXPECT_EQ(plain.key(), "pop3://anna@pop.example.net:995");
  EXPECT_EQ(plain.login, Login::scram_sha_256);
  EXPECT_EQ(plain.keep_on_server.rule, KeepOnServer::Rule::days);
  EXPECT_EQ(plain.keep_on_server.days, std::chrono::days(30));
  EXPECT_EQ(plain.poll, std::chrono::minutes(10));
  EXPECT_EQ(plain.deliver_to, "Old/Example");
  EXPECT_EQ(plain.ca, "/etc/postern/ca.pem");
  EXPECT_EQ(std::get<SecretSource::Environment>(plain.password.from).name, "EXAMPLE_PASSWORD");
}

TEST(Example, OutgoingTakesTheLoginOfTheSource) {
  const Config config = read_example();
  ASSERT_EQ(config.accounts.at(0).outgoing.size(), 1U);
  const Outgoing& outgoing = config.accounts[0].outgoing[0];
  EXPECT_EQ(outgoing.server.host, "mail.gmx.net");
  EXPECT_EQ(outgoing.username, "anna@gmx.de");
  EXPECT_FALSE(outgoing.password);
  EXPECT_EQ(outgoing.source, config.accounts[0].sources[0].key());
  EXPECT_EQ(outgoing.key(), "smtp://anna@gmx.de@mail.gmx.net:465");
  EXPECT_EQ(outgoing.queue, Outgoing::Queue::when_unreachable);
}

TEST(Example, AllOfItIsServed) {
  EXPECT_EQ(read_example().notes, std::vector<std::string>());
}

TEST(Example, DefaultsOfASourceWithAPreset) {
  const auto config = parse(
      "accounts:\n  a:\n    password: {env: P}\n    sources:\n"
      "      - {provider: web.de, username: a@web.de, password: {env: P}, gone_upstream: trash}\n",
      "p.yaml");
  ASSERT_TRUE(config);
  const Source& web = config->accounts[0].sources[0];
  EXPECT_EQ(web.key(), "pop3://a@pop3.web.de:995");
  // The provider locks out who asks more often.
  EXPECT_EQ(web.poll, std::chrono::minutes(15));
  EXPECT_EQ(web.gone_upstream, GoneUpstream::trash);
  EXPECT_EQ(web.gone_upstream_after, std::chrono::days(2));
  ASSERT_EQ(config->notes.size(), 1U);
  EXPECT_NE(config->notes[0].find("listen: is missing"), std::string::npos);
}

TEST(Example, ServerFollowsTheDomainOfTheLogin) {
  const auto config = parse(
      "accounts:\n  a:\n    password: {env: P}\n    sources:\n"
      "      - {provider: zoho, username: a@zoho.eu, password: {env: P}}\n"
      "      - {provider: gmx, username: a@gmx.com, password: {env: P}}\n",
      "p.yaml");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->accounts[0].sources[0].server.host, "pop.zoho.eu");
  // Another entry of the list is another provider, whatever the address says.
  EXPECT_EQ(config->accounts[0].sources[1].server.host, "pop.gmx.net");
}

}  // namespace
}  // namespace postern::config
