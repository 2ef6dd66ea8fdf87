#include "config/append.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"

namespace postern::config {
namespace {

using testing::HasSubstr;

const std::filesystem::path file = "/home/anna/postern.yaml";

NewSource gmx() {
  NewSource source;
  source.account = "anna";
  source.account_password = "secrets/anna";
  source.provider = "gmx.net";
  source.username = "anna@gmx.de";
  source.password = "secrets/anna-gmx";
  return source;
}

NewSource own_server() {
  NewSource source = gmx();
  source.provider.clear();
  source.server = {"pop.example.net", 110};
  source.tls = Tls::starttls;
  source.username = "an \"odd\" \\name: # of mine";
  source.keep_on_server = "30 days";
  source.pin = "SHA256:" + std::string(64, 'a');
  return source;
}

/// The file with the source; checks that it is valid and that nothing was lost.
std::string added(const std::string& before, const NewSource& source) {
  const auto after = with_source(before, source, file);
  if (!after) {
    ADD_FAILURE() << after.error().text();
    return "";
  }
  EXPECT_TRUE(parse(*after, file)) << *after;
  std::string_view rest = *after;
  std::size_t begin = 0;
  while (begin < before.size()) {
    const std::size_t end = std::min(before.find('\n', begin), before.size());
    const std::string line = before.substr(begin, end - begin);
    const std::size_t found = rest.find(line);
    if (found == std::string_view::npos) {
      ADD_FAILURE() << "lost or moved: " << line;
      break;
    }
    rest.remove_prefix(found + line.size());
    begin = end + 1;
  }
  return *after;
}

TEST(WithSource, MakesAWholeFile) {
  const auto config = parse(added("", gmx()), file);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->listen.imap, std::vector<std::string>{"127.0.0.1:1143"});
  ASSERT_EQ(config->accounts.size(), 1U);
  ASSERT_EQ(config->accounts[0].sources.size(), 1U);
  const Source& source = config->accounts[0].sources[0];
  EXPECT_EQ(source.server.host, "pop.gmx.net");
  EXPECT_EQ(source.username, "anna@gmx.de");
  EXPECT_EQ(source.keep_on_server.rule, KeepOnServer::Rule::forever);
  EXPECT_EQ(std::get<SecretSource::File>(source.password.from).path, "/home/anna/secrets/anna-gmx");
}

NewSource sending() {
  NewSource source = gmx();
  source.send_from = {"anna@gmx.de"};
  return source;
}

TEST(WithSource, WritesTheServerForSendingToo) {
  struct Row {
    const char* name;
    std::string before;
    std::size_t outgoing;
  };
  const Row rows[] = {
      {"a whole file", "", 1},
      {"a new account", "accounts:\n  bert:\n    password: x\n", 1},
      {"an account with nothing else", "accounts:\n  anna:\n    password: x\n", 1},
      {"sources",
       "accounts:\n  anna:\n    password: x\n    sources:\n"
       "      - pop3: pop.example.org:995\n        username: a\n        password: x\n",
       1},
      {"a server for sending alone",
       "accounts:\n  anna:\n    password: x\n    outgoing:\n      - smtp: mail.example.org:465\n"
       "        username: a\n        password: x\n        from: [a@example.org]\n",
       2},
      {"both, in the other order",
       "accounts:\n  anna:\n    outgoing:\n      - smtp: mail.example.org:465\n"
       "        username: a\n        password: x\n        from: [a@example.org]\n    # mine\n"
       "    sources:\n      - pop3: pop.example.org:995\n        username: a\n"
       "        password: x\n    password: x\n",
       2},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto config = parse(added(row.before, sending()), file);
    ASSERT_TRUE(config) << config.error().front().text();
    const Account& account = config->accounts.back();
    ASSERT_EQ(account.outgoing.size(), row.outgoing);
    EXPECT_EQ(account.outgoing.back().source, account.sources.back().key());
    EXPECT_EQ(account.outgoing.back().from, std::vector<std::string>{"anna@gmx.de"});
    EXPECT_EQ(account.outgoing.back().server.host, "mail.gmx.net");
  }
}

TEST(WithSource, SendsWithItsOwnLoginBesideAnotherSourceOfTheProvider) {
  const std::string before =
      "accounts:\n  anna:\n    password: x\n    sources:\n"
      "      - provider: gmx.de\n        username: bert@gmx.de\n        password: y\n";
  const auto config = parse(added(before, sending()), file);
  ASSERT_TRUE(config) << config.error().front().text();
  const Outgoing& outgoing = config->accounts.back().outgoing.back();
  EXPECT_EQ(outgoing.username, "anna@gmx.de");
  ASSERT_TRUE(outgoing.password);
  EXPECT_EQ(std::get<SecretSource::File>(outgoing.password->from).path,
            "/home/anna/secrets/anna-gmx");
  NewSource by_token = sending();
  by_token.password.clear();
  by_token.client_id = "id";
  EXPECT_FALSE(with_source(before, by_token, file));
}

TEST(WithSource, WritesWhatReadsBackTheSame) {
  const auto config = parse(added("", own_server()), file);
  ASSERT_TRUE(config);
  const Source& source = config->accounts[0].sources[0];
  EXPECT_EQ(source.server.host, "pop.example.net");
  EXPECT_EQ(source.server.port, 110);
  EXPECT_EQ(source.tls, Tls::starttls);
  EXPECT_EQ(source.username, own_server().username);
  EXPECT_EQ(source.keep_on_server.days, std::chrono::days(30));
  EXPECT_EQ(source.pin, own_server().pin);
}

constexpr const char* commented = R"(# my mail
state: /srv/mail

listen:
  imap: 127.0.0.1:1143  # only here

accounts:
  # the family
  bert:
    password: {file: secrets/bert}   # long
    sources:
    # the old one
    - pop3: pop.example.org:995
      username: bert
      password: {file: secrets/old}
      # never delete there

# what else there is
log: {level: warning}
# the end)";

TEST(WithSource, AddsAnAccountBesideOthersAndKeepsComments) {
  const std::string after = added(commented, gmx());
  const auto config = parse(after, file);
  ASSERT_TRUE(config);
  ASSERT_EQ(config->accounts.size(), 2U);
  EXPECT_EQ(config->accounts[0].name, "bert");
  EXPECT_EQ(config->accounts[1].name, "anna");
  EXPECT_EQ(config->log_level, log::Level::warning);
}

TEST(WithSource, AddsASourceToAnAccountThatIsThere) {
  NewSource source = gmx();
  source.account = "bert";
  const auto config = parse(added(commented, source), file);
  ASSERT_TRUE(config);
  ASSERT_EQ(config->accounts.size(), 1U);
  ASSERT_EQ(config->accounts[0].sources.size(), 2U);
  EXPECT_EQ(config->accounts[0].sources[0].username, "bert");
  EXPECT_EQ(config->accounts[0].sources[1].username, "anna@gmx.de");
}

TEST(WithSource, TakesFilesOfManyForms) {
  struct Row {
    const char* name;
    const char* yaml;
    std::size_t accounts;
  };
  for (const Row& row : {
           Row{"an account without sources",
               "accounts:\n    anna:\n        password: secret\nlisten: {imap: 127.0.0.1:1143}\n",
               1},
           Row{"accounts at the end without a line end", "accounts:\n  bert:\n    password: secret",
               2},
           Row{"no accounts, but relays",
               "relays:\n- {listen: 127.0.0.1:2110, protocol: pop3, upstream: pop.gmx.net:995}\n",
               1},
           Row{"comments only", "# nothing yet", 1},
           Row{"a password over several lines",
               "accounts:\n  bert:\n    password: \"se\n      cret\"\n", 2},
           Row{"carriage returns", "accounts:\r\n  bert:\r\n    password: secret\r\n", 2},
           Row{"keys behind the sources",
               "accounts:\n  anna:\n    sources:\n      - provider: web.de\n        username: "
               "anna@web.de\n        password: secret\n    password: secret\n",
               1},
       }) {
    SCOPED_TRACE(row.name);
    const auto config = parse(added(row.yaml, gmx()), file);
    ASSERT_TRUE(config);
    EXPECT_EQ(config->accounts.size(), row.accounts);
  }
}

TEST(WithSource, LeavesAloneWhatItCannotAddTo) {
  struct Row {
    const char* name;
    const char* yaml;
    const char* words;
  };
  for (const Row& row : {
           Row{"accounts in braces", "accounts: {bert: {password: secret}}\n", "in braces"},
           Row{"an account in braces", "accounts:\n  anna: {password: secret}\n", "in braces"},
           Row{"sources in brackets",
               "accounts:\n  anna:\n    password: x\n    sources: [{provider: web.de, username: "
               "anna@web.de, password: x}]\n",
               "in brackets"},
           Row{"mistakes", "accounts:\n  anna:\n    passwort: x\n", "has mistakes"},
           Row{"no YAML", "accounts: {\n", ""},
           Row{"the same maildrop",
               "accounts:\n  bert:\n    password: x\n    sources:\n      - provider: gmx\n        "
               "username: anna@gmx.de\n        password: x\n",
               "would not be valid"},
       }) {
    SCOPED_TRACE(row.name);
    const auto after = with_source(row.yaml, gmx(), file);
    ASSERT_FALSE(after) << *after;
    EXPECT_THAT(after.error().what, HasSubstr(row.words));
  }
}

}  // namespace
}  // namespace postern::config
