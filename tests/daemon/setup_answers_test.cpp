#include "proxy/daemon/setup/answers.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "config/load.h"
#include "proxy/daemon/setup/find_server.h"

namespace postern::daemon::setup {
namespace {

using config::Tls;

Answers told(const char* address) {
  Answers answers;
  answers.address = address;
  answers.account = "anna";
  answers.preset = config::preset(address, config::MailProtocol::pop3);
  if (answers.preset) {
    answers.server = {answers.preset->host, answers.preset->port};
    answers.tls = answers.preset->tls;
    answers.username = answers.preset->login_name(address);
  }
  return answers;
}

TEST(Answers, become_what_the_daemon_reads_back) {
  for (const char* address :
       {"anna@gmx.de", "Anna@WEB.de", "anna@t-online.de", "anna@posteo.de", "anna@libero.it"}) {
    SCOPED_TRACE(address);
    const Answers answers = told(address);
    ASSERT_TRUE(answers.preset);
    config::NewSource source = answers.to_write();
    EXPECT_FALSE(source.provider.empty());
    source.account_password = "secrets/anna";
    source.password = "secrets/there";
    const auto text = config::with_source("", source, "/tmp/postern.yaml");
    ASSERT_TRUE(text) << text.error().text();
    const auto config = config::parse(*text, "/tmp/postern.yaml");
    ASSERT_TRUE(config);
    const config::Source& read = config->accounts.front().sources.front();
    EXPECT_EQ(read.key(), answers.source().key());
    EXPECT_EQ(read.tls, answers.tls);
    EXPECT_EQ(read.shortest_poll, answers.source().shortest_poll);
  }
}

TEST(Answers, name_the_server_where_the_preset_was_not_wanted) {
  Answers answers = told("anna@gmx.de");
  answers.server = {"pop.example.net", 110};
  answers.tls = Tls::starttls;
  const config::NewSource source = answers.to_write();
  EXPECT_EQ(source.provider, "");
  EXPECT_EQ(source.server.host, "pop.example.net");
}

TEST(AccountName, is_made_of_an_address) {
  struct Row {
    const char* address;
    const char* expected;
  };
  for (const Row& row : {
           Row{"anna@gmx.de", "anna"},
           Row{"Anna.Meier+mail@gmx.de", "anna.meier+mail"},
           Row{"../../etc@x", "etc"},
           Row{".hidden@x", "hidden"},
           Row{"\xc3\xa4@x", "mail"},
           Row{"@x", "mail"},
       }) {
    EXPECT_EQ(account_name_for(row.address), row.expected) << row.address;
  }
}

TEST(NewPassword, is_another_one_each_time) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const Secret password = new_password();
    EXPECT_EQ(password.reveal().size(), 23U);
    EXPECT_EQ(std::ranges::count(password.reveal(), '-'), 3);
    seen.emplace(password.reveal());
  }
  EXPECT_EQ(seen.size(), 100U);
}

TEST(Servers, are_looked_for_with_tls_only) {  // H7
  const auto usual = usual_servers("example.net");
  ASSERT_EQ(usual.size(), 8U);
  EXPECT_EQ(usual.front().host, "pop3.example.net");
  EXPECT_EQ(usual.front().port, 995);
  for (const Server& server : usual) EXPECT_NE(server.tls, Tls::none);
  for (const char* named : {"pop.example.net", "pop.example.net:995", "pop.example.net:110"}) {
    for (const Server& server : servers_named(named)) EXPECT_NE(server.tls, Tls::none) << named;
  }
  EXPECT_EQ(servers_named("pop.example.net:110").front().tls, Tls::starttls);
  EXPECT_EQ(servers_named("127.0.0.1:1110").back().tls, Tls::none);
}

}  // namespace
}  // namespace postern::daemon::setup
