#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "config/load.h"

namespace postern::config {
namespace {

Source source_of(const std::string& lines) {
  const auto config = parse(
      "accounts:\n  anna:\n    password: {env: A}\n    sources:\n      - " + lines, "postern.yaml");
  if (!config) {
    ADD_FAILURE() << config.error().front().text();
    return {};
  }
  return config->accounts.at(0).sources.at(0);
}

const std::string base_lines =
    "{pop3: pop.example.net:995, username: anna, password: {env: P}, poll: 5 minutes";

TEST(Source, EveryKeyThatChangesIsSeen) {
  const Source base = source_of(base_lines + "}\n");
  EXPECT_EQ(base, source_of(base_lines + "}\n"));
  const std::pair<const char*, const char*> rows[] = {
      {"host", "{pop3: pop.example.org:995, username: anna, password: {env: P}}"},
      {"port", "{pop3: pop.example.net:996, username: anna, password: {env: P}}"},
      {"user", "{pop3: pop.example.net:995, username: bert, password: {env: P}}"},
      {"place of the password", "{pop3: pop.example.net:995, username: anna, password: {env: Q}}"},
      {"kind of place", "{pop3: pop.example.net:995, username: anna, password: {command: P}}"},
      {"poll", "{pop3: pop.example.net:995, username: anna, password: {env: P}, poll: 9 minutes}"},
  };
  for (const auto& [name, lines] : rows)
    EXPECT_NE(base, source_of(std::string(lines) + "\n")) << name;
  for (const std::string added :
       {"tls: starttls", "tls: none, insecure: true", "login: apop", "keep_on_server: never",
        "keep_on_server: 3 days", "gone_upstream: trash", "gone_upstream_after: 3 days",
        "deliver_to: Old", "ca: ca.pem"})
    EXPECT_NE(base, source_of(fmt::format("{}, {}}}\n", base_lines, added))) << added;
}

TEST(Source, OneMaildropWhateverThePortAndTheCase) {
  const Source base = source_of(base_lines + "}\n");
  const Source other =
      source_of("{pop3: POP.example.net:110, tls: starttls, username: Anna, password: {env: P}}\n");
  EXPECT_EQ(base.maildrop(), other.maildrop());
  EXPECT_NE(
      base.maildrop(),
      source_of("{pop3: pop.example.net:995, username: bert, password: {env: P}}\n").maildrop());
}

}  // namespace
}  // namespace postern::config
