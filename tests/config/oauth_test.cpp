#include "config/oauth.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/load.h"
#include "config/provider.h"
#include "config/values.h"

namespace postern::config {
namespace {

/// A file with one source, whose lines are given: the first one stands in line 5, column 9.
std::string source(const std::string& lines) {
  return "accounts:\n  anna:\n    password: {env: P}\n    sources:\n      - " + lines + "\n";
}

OAuth oauth_of(const std::string& lines) {
  const auto config = parse(source(lines), "p.yaml");
  if (!config) throw std::runtime_error(config.error().front().text());
  return config->accounts.at(0).sources.at(0).oauth.value();
}

TEST(OAuth, ComesFromThePreset) {
  for (const char* provider : {"gmail", "outlook", "microsoft365", "yahoo"}) {
    SCOPED_TRACE(provider);
    const OAuth oauth = oauth_of(std::string("provider: ") + provider +
                                 "\n        username: u\n        oauth: {client_id: c}");
    EXPECT_EQ(oauth.client_id, "c");
    EXPECT_FALSE(oauth.client_secret);
    EXPECT_TRUE(oauth.token.starts_with("https://"));
    EXPECT_TRUE(oauth.authorization.starts_with("https://"));
    EXPECT_FALSE(oauth.scope.empty());
    EXPECT_EQ(oauth.device.empty(), std::string_view(provider) == "yahoo");
  }
  EXPECT_FALSE(oauth_preset("gmx.net"));
  EXPECT_FALSE(oauth_preset(""));
}

TEST(OAuth, PresetsBelongToProvidersAndAreUrls) {
  for (const char* provider : {"googlemail.com", "hotmail.com", "office365.com", "yahoo.com"}) {
    SCOPED_TRACE(provider);
    const auto preset = oauth_preset(provider);
    ASSERT_TRUE(preset);
    ASSERT_TRUE(config::preset(provider, MailProtocol::pop3));
    EXPECT_TRUE(endpoint_url(preset->token));
    EXPECT_TRUE(endpoint_url(preset->authorization));
    if (!preset->device.empty()) {
      EXPECT_TRUE(endpoint_url(preset->device));
    }
  }
}

TEST(OAuth, OverridesThePreset) {
  const OAuth oauth = oauth_of(
      "provider: outlook\n        username: u\n        oauth:\n          client_id: c\n"
      "          client_secret: {env: S}\n          scope: a b\n"
      "          token: https://login.example:8443/t?x=1\n"
      "          device: http://127.0.0.1:80/d");
  EXPECT_TRUE(oauth.client_secret);
  EXPECT_EQ(oauth.scope, "a b");
  EXPECT_EQ(oauth.token, "https://login.example:8443/t?x=1");
  EXPECT_EQ(oauth.device, "http://127.0.0.1:80/d");
  EXPECT_EQ(oauth.authorization, "https://login.microsoftonline.com/common/oauth2/v2.0/authorize");
}

TEST(OAuth, MistakesAreTold) {
  struct Row {
    const char* name;
    std::string lines;
    std::vector<std::string> expected;
  };
  const std::string at = "accounts.anna.sources[0].";
  const std::string own = "pop3: h:995\n        username: u\n        oauth: ";
  const Row rows[] = {
      {"no client",
       "provider: gmail\n        username: u\n        oauth: {scope: s}",
       {"p.yaml:7:16: " + at + "oauth.client_id: is missing"}},
      {"no map",
       "provider: gmail\n        username: u\n        oauth: true",
       {"p.yaml:7:16: " + at + "oauth: "}},
      {"unknown key",
       "provider: gmail\n        username: u\n        oauth: {client_id: c, secret: s}",
       {"p.yaml:7:31: " + at + "oauth.secret: "}},
      {"no endpoints",
       own + "{client_id: c}",
       {"p.yaml:7:16: " + at + "oauth.authorization: there is no way to sign in",
        "p.yaml:7:16: " + at + "oauth.token: is missing"}},
      {"plain http",
       own + "{client_id: c, token: 'http://login.example/t', device: 'https://l.example/d'}",
       {"p.yaml:7:38: " + at + "oauth.token: secrets would cross the network to login.example"}},
      {"no URL",
       own + "{client_id: c, token: login.example, device: 'https://l.example/d'}",
       {"p.yaml:7:38: " + at + "oauth.token: \"login.example\" is not a URL"}},
      {"user name in the URL",
       own + "{client_id: c, token: 'https://u:p@l.example/', device: 'https://l.example/d'}",
       {"p.yaml:7:38: " + at + "oauth.token: "}},
      {"password too",
       "provider: gmail\n        username: u\n        password: {env: P}\n"
       "        oauth: {client_id: c}",
       {"p.yaml:7:19: " + at + "password: password and oauth exclude each other"}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto config = parse(source(row.lines), "p.yaml");
    ASSERT_FALSE(config);
    ASSERT_EQ(config.error().size(), row.expected.size()) << config.error().front().text();
    for (std::size_t i = 0; i < row.expected.size(); ++i) {
      EXPECT_TRUE(config.error()[i].text().starts_with(row.expected[i]))
          << config.error()[i].text();
      EXPECT_FALSE(config.error()[i].advice.empty());
    }
  }
}

}  // namespace
}  // namespace postern::config
