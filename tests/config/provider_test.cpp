#include "config/provider.h"

#include <gtest/gtest.h>

#include <set>

#include "config/values.h"

namespace postern::config {
namespace {

TEST(Provider, FoundByIdShortNameDomainAndAddress) {
  for (const std::string_view name : {"gmx", "GMX", "gmx.net", "gmx.de", "anna@gmx.at"}) {
    SCOPED_TRACE(name);
    const auto found = preset(name, MailProtocol::pop3);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, "gmx.net");
    EXPECT_EQ(found->host, "pop.gmx.net");
    EXPECT_EQ(found->port, 995);
    EXPECT_EQ(found->tls, Tls::implicit);
    EXPECT_FALSE(found->enable_page.empty());
  }
  EXPECT_FALSE(preset("", MailProtocol::pop3));
  EXPECT_FALSE(preset("example.net", MailProtocol::pop3));
  EXPECT_FALSE(preset("gm", MailProtocol::pop3));
}

TEST(Provider, KnowsWellKnownServers) {
  struct Row {
    std::string_view name;
    std::string_view host;
    int shortest_poll;
  };
  for (const Row& row : {Row{"web.de", "pop3.web.de", 15}, Row{"gmail", "pop.gmail.com", 5},
                         Row{"t-online", "securepop.t-online.de", 0}, Row{"ovh", "ssl0.ovh.net", 1},
                         Row{"yahoo", "pop.mail.yahoo.com", 0}}) {
    SCOPED_TRACE(row.name);
    const auto found = preset(row.name, MailProtocol::pop3);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->host, row.host);
    EXPECT_EQ(found->shortest_poll, std::chrono::minutes(row.shortest_poll));
  }
}

TEST(Provider, OneOfSeveralKindsOfTls) {
  EXPECT_EQ(preset("gmx", MailProtocol::pop3, Tls::starttls)->port, 110);
  EXPECT_FALSE(preset("gmx", MailProtocol::pop3, Tls::none));
  const auto all = presets("gmx", MailProtocol::pop3);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].tls, Tls::implicit);
}

TEST(Provider, EntriesOfOneProviderAreKeptApartByDomain) {
  EXPECT_EQ(preset("zoho.eu", MailProtocol::pop3)->host, "pop.zoho.eu");
  EXPECT_EQ(preset("zoho.com", MailProtocol::pop3)->host, "pop.zoho.com");
  EXPECT_EQ(presets("zoho.eu", MailProtocol::pop3).size(), 1U);
}

TEST(Provider, ServersMayBearTheDomain) {
  EXPECT_EQ(preset("anna@inbox.lt", MailProtocol::pop3)->host, "mail.inbox.lt");
  EXPECT_EQ(preset("inbox.lv", MailProtocol::pop3)->host, "mail.inbox.lv");
  EXPECT_EQ(preset("mail.ee", MailProtocol::imap)->host, "mail.ee");
}

TEST(Provider, LoginNameTakesTheFormOfTheProvider) {
  const auto gmx = *preset("gmx", MailProtocol::pop3);
  const auto web = *preset("web.de", MailProtocol::pop3);
  const auto iij = *preset("dd.iij4u.or.jp", MailProtocol::pop3);
  EXPECT_EQ(gmx.login_name("anna@gmx.de"), "anna@gmx.de");
  EXPECT_EQ(web.login_name("anna@web.de"), "anna");
  EXPECT_EQ(web.login_name("anna@WEB.DE"), "anna");
  EXPECT_EQ(web.login_name("anna"), "anna");
  // An address of somebody else is left alone.
  EXPECT_EQ(web.login_name("anna@example.net"), "anna@example.net");
  EXPECT_EQ(iij.login_name("anna@dd.iij4u.or.jp"), "anna.dd.iij4u.or.jp");
}

TEST(Provider, SaysWhatLoginIsTaken) {
  EXPECT_EQ(preset("gmx", MailProtocol::pop3)->auth, Preset::Auth::password);
  EXPECT_EQ(preset("gmail", MailProtocol::pop3)->auth, Preset::Auth::password_or_oauth);
  EXPECT_EQ(preset("outlook.com", MailProtocol::pop3)->auth, Preset::Auth::oauth_only);
  EXPECT_EQ(preset("tiscali.it", MailProtocol::pop3)->auth, Preset::Auth::scrambled_only);
}

// Every line of the list is usable: a name on it leads to a server.
TEST(Provider, WholeListIsSound) {
  std::set<std::string_view> ids;
  std::size_t servers = 0;
  for (const std::string_view name : provider_names()) {
    for (const MailProtocol protocol :
         {MailProtocol::pop3, MailProtocol::imap, MailProtocol::smtp}) {
      for (const Preset& found : presets(name, protocol)) {
        SCOPED_TRACE(found.id);
        EXPECT_TRUE(host_port(std::string(found.host) + ":" + std::to_string(found.port)));
        EXPECT_FALSE(found.domains.empty());
        ++servers;
        ids.insert(found.id);
      }
    }
  }
  EXPECT_GT(ids.size(), 150U);
  EXPECT_GT(servers, 400U);
}

TEST(Provider, EveryShortNameMeansSomebody) {
  for (const std::string_view name : provider_names()) {
    const bool known = !presets(name, MailProtocol::pop3).empty() ||
                       !presets(name, MailProtocol::imap).empty() ||
                       !presets(name, MailProtocol::smtp).empty();
    EXPECT_TRUE(known) << name;
  }
}

TEST(PresetOfServer, KnowsAServerByItsHost) {
  struct Row {
    const char* host;
    std::chrono::minutes shortest_poll;
    const char* page;
  };
  for (const Row& row : {
           Row{"pop3.web.de", std::chrono::minutes(15), "https://hilfe.web.de/"},
           Row{"POP.GMAIL.com", std::chrono::minutes(5), ""},
           Row{"ssl0.ovh.net", std::chrono::minutes(1), ""},
       }) {
    const auto preset = preset_of_server(row.host);
    ASSERT_TRUE(preset) << row.host;
    EXPECT_EQ(preset->shortest_poll, row.shortest_poll) << row.host;
    EXPECT_TRUE(preset->enable_page.starts_with(row.page)) << row.host;
  }
  EXPECT_FALSE(preset_of_server("pop.example.net"));
  EXPECT_FALSE(preset_of_server("imap.web.de"));
}

}  // namespace
}  // namespace postern::config
