#include "config/capability.h"

#include <gtest/gtest.h>

#include <ranges>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "config/client_profile.h"
#include "config/load.h"

namespace postern::config {

extern const std::string_view clients_csv;

namespace {

Config config_of(const std::string& yaml) {
  auto config = parse(yaml, "p.yaml");
  if (!config) throw std::runtime_error(config.error().front().text());
  return std::move(*config);
}

Capabilities usual() {
  return offered({}, {});
}

TEST(Capabilities, AreAllNamedOnce) {
  std::set<std::string_view> names;
  for (const CapabilityRow& row : capability_rows) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(named(row.name), Capabilities{row.capability}) << row.name;
    EXPECT_EQ(usual().has(row.capability), row.unconfigured == CapabilityRow::Unconfigured::on)
        << row.name;
  }
}

TEST(Capabilities, AreFoundInAnyCaseAndByFamily) {
  EXPECT_EQ(named("idle"), Capabilities{Capability::idle});
  EXPECT_EQ(named("Thread"),
            (Capabilities{Capability::thread_ordered_subject, Capability::thread_references,
                          Capability::thread_refs}));
  EXPECT_EQ(named("SORT"), Capabilities{Capability::sort});
  EXPECT_TRUE(named("IMAP4rev1").empty());
  EXPECT_TRUE(named("").empty());
  EXPECT_TRUE(named("THREAD=").empty());
}

TEST(Capabilities, AreOffWithoutWhatTheyStandOn) {
  struct Row {
    Capability off;
    Capabilities with_it;
  };
  const std::vector<Row> rows = {
      {Capability::cond_store, {Capability::qresync}},
      {Capability::enable, {Capability::imap4rev2, Capability::qresync, Capability::utf8_accept}},
      {Capability::idle, {Capability::imap4rev2}},
      {Capability::sort, {Capability::sort_display, Capability::esort, Capability::context_sort}},
      {Capability::quota, {}},
      {Capability::esearch,
       {Capability::imap4rev2, Capability::search_res, Capability::partial,
        Capability::context_search, Capability::multi_search}},
  };
  for (const Row& row : rows) {
    Capabilities expected = usual();
    expected.remove(row.off);
    expected.remove(row.with_it);
    EXPECT_EQ(offered({{}, {row.off}}, {}), expected);
    EXPECT_TRUE(with_needs(row.with_it).has(row.off) || row.with_it.empty());
  }
}

TEST(Capabilities, AreOffWhoeverSaysSoAndOnIfNobodyDoes) {
  const Switches on{{Capability::idle}, {}};
  const Switches off{{}, {Capability::idle}};
  EXPECT_TRUE(offered(on, {}).has(Capability::idle));
  EXPECT_FALSE(offered(off, on).has(Capability::idle));
  EXPECT_FALSE(offered(on, off).has(Capability::idle));
}

TEST(Capabilities, AreSwitchedPerAccount) {
  const Config config = config_of(
      "accounts:\n  anna:\n    password: {env: P}\n    imap: {capabilities: {idle: off, "
      "THREAD: off, SORT: on}}\n  bert: {password: {env: P}}\n");
  const Switches& anna = config.accounts.at(0).capabilities;
  EXPECT_EQ(anna.on, Capabilities{Capability::sort});
  EXPECT_TRUE(anna.off.has(Capability::idle));
  EXPECT_TRUE(anna.off.has(Capability::thread_refs));
  EXPECT_EQ(config.accounts.at(1).capabilities, Switches{});
}

TEST(Capabilities, ThatAreWrongAreMistakes) {
  const auto first = [](const std::string& capabilities) {
    const auto config =
        parse("accounts:\n  anna:\n    password: {env: P}\n    imap:\n      " + capabilities + "\n",
              "p.yaml");
    return config ? std::string() : config.error().front().text();
  };
  const std::string at = "p.yaml:5:22: accounts.anna.imap.capabilities";
  EXPECT_EQ(first("capabilities: {UNSELCT: off}"),
            at + ".UNSELCT: there is no such capability; did you mean \"UNSELECT\"?");
  EXPECT_EQ(first("capabilities: {Qzxw: off}"),
            at + ".Qzxw: there is no such capability; write one that Postern announces, such as "
                 "IDLE or CONDSTORE");
  EXPECT_EQ(first("capabilities: {starttls: off}"),
            at + ".starttls: cannot be switched; delete the line; no program can do without it");
  EXPECT_EQ(first("capabilities: {AUTH=PLAIN: off}"),
            at + ".AUTH=PLAIN: cannot be switched; delete the line; what is offered depends on TLS "
                 "alone");
  EXPECT_EQ(first("capabilities: {IDLE: maybe}"),
            "p.yaml:5:28: accounts.anna.imap.capabilities.IDLE: is neither on nor off; write on or "
            "off behind the colon");
  EXPECT_EQ(first("capabilities: {IDLE: [on]}"),
            at + ".IDLE: is neither on nor off; write on or off behind the colon");
  EXPECT_EQ(first("capabilities: {THREAD: off, THREAD=REFS: on}"),
            "p.yaml:5:35: accounts.anna.imap.capabilities.THREAD=REFS: is switched both on and "
            "off; keep one of the lines that name it");
  EXPECT_EQ(first("capabilities: off"),
            "p.yaml:5:21: accounts.anna.imap.capabilities: must be a group of capabilities; write "
            "{IDLE: off}");
  EXPECT_EQ(first("capabilites: {}"),
            "p.yaml:5:7: accounts.anna.imap.capabilites: unknown key; did you mean "
            "\"capabilities\"?");
}

TEST(Clients, AreKnownByWhatTheySay) {
  const auto profiles = built_in_clients();
  struct Row {
    ClientId id;
    std::string_view profile;
  };
  const std::vector<Row> rows = {
      {{"com.apple.email.maild", "Apple Inc", "3818.100.11.2.3", "iOS"}, "ios"},
      {{"iPhone Mail", "", "22C161", "iOS"}, "ios"},
      {{"IPHONE MAIL", "", "", ""}, "ios"},
      {{"Mac OS X Mail", "Apple Inc.", "16.0", "Mac OS X"}, "macos"},
      {{"Microsoft Office 365", "Microsoft Corporation", "15.20.9160.4", ""}, "microsoft365"},
      {{"Thunderbird", "", "153.8.0", ""}, "thunderbird"},
      {{"K-9 Mail", "", "8.0", ""}, "k9"},
      {{"com.samsung.android.email.provider", "samsung", "", "android"}, "samsung"},
      {{"Thunderbird2", "", "", ""}, ""},
      {{"", "Apple Inc", "", "iOS"}, ""},
      {{}, ""},
  };
  for (const Row& row : rows) {
    const ClientProfile* found = recognise(profiles, row.id);
    EXPECT_EQ(found == nullptr ? "" : found->name, row.profile) << row.id.name;
  }
  const ClientProfile* outlook = recognise(profiles, Behaviour::fetches_rfc822_peek);
  ASSERT_NE(outlook, nullptr);
  EXPECT_EQ(outlook->name, "outlook");
}

TEST(Clients, EachHasAReasonAndASource) {
  std::set<std::string> names;
  for (const ClientProfile& profile : built_in_clients()) {
    EXPECT_TRUE(names.insert(profile.name).second) << profile.name;
    EXPECT_TRUE(!profile.ids.empty() || profile.behaviour) << profile.name;
    EXPECT_TRUE(profile.switches.on.empty()) << profile.name;
  }
  for (const auto part : clients_csv | std::views::split('\n')) {
    const std::string_view row(part.begin(), part.end());
    if (row.empty()) continue;
    std::vector<std::string_view> columns;
    for (const auto column : row | std::views::split(','))
      columns.emplace_back(column.begin(), column.end());
    ASSERT_GE(columns.size(), 6U) << row;
    EXPECT_FALSE(columns[4].empty()) << row;
    EXPECT_FALSE(columns[5].empty()) << row;
    // A capability that nobody knows would be a switch without effect.
    for (const auto name : columns[3] | std::views::split(' ')) {
      const std::string_view off(name.begin(), name.end());
      EXPECT_TRUE(off.empty() || off == "off" || !named(off).empty()) << row;
    }
  }
}

TEST(Clients, OfTheFileTakeThePlaceOfBuiltInOnes) {
  const Config config = config_of(
      "accounts: {anna: {password: {env: P}}}\n"
      "clients:\n"
      "  thunderbird: {capabilities: {IDLE: off}}\n"
      "  ios: {id: {name: Pocket}}\n"
      "  own: {id: {name: \"Own Mail*\", version: \"1.*\"}, capabilities: {MOVE: off}}\n");
  const auto& profiles = config.clients;
  EXPECT_EQ(profiles.size(), built_in_clients().size() + 1);
  EXPECT_EQ(recognise(profiles, ClientId{"Thunderbird", "", "", ""})->switches.off,
            Capabilities{Capability::idle});
  EXPECT_EQ(recognise(profiles, ClientId{"pocket", "", "", ""})->name, "ios");
  EXPECT_EQ(recognise(profiles, ClientId{"iPhone Mail", "", "", ""}), nullptr);
  const ClientProfile* own = recognise(profiles, ClientId{"Own Mail 3", "", "1.7", ""});
  ASSERT_NE(own, nullptr);
  EXPECT_EQ(own->name, "own");
  EXPECT_EQ(own->switches.off, Capabilities{Capability::move});
  EXPECT_EQ(recognise(profiles, ClientId{"Own Mail 3", "", "2.7", ""}), nullptr);
}

TEST(Clients, ThatAreWrongAreMistakes) {
  const auto first = [](const std::string& clients) {
    const auto config =
        parse("accounts: {anna: {password: {env: P}}}\n" + clients + "\n", "p.yaml");
    return config ? std::string() : config.error().front().text();
  };
  EXPECT_EQ(first("clients: {thunderbrid: {capabilities: {IDLE: off}}}"),
            "p.yaml:2:11: clients.thunderbrid: there is no built-in profile of that name; did you "
            "mean \"thunderbird\"?");
  EXPECT_EQ(first("clients: {zzz: {capabilities: {IDLE: off}}}"),
            "p.yaml:2:11: clients.zzz: there is no built-in profile of that name; write id: {name: "
            "\"NAME*\"} below it, what the program says of itself");
  EXPECT_EQ(first("clients: {own: {id: {}}}"),
            "p.yaml:2:21: clients.own.id: says nothing; write {name: \"NAME*\"}");
  EXPECT_EQ(first("clients: {ios: {capabilities: {UNSELCT: off}}}"),
            "p.yaml:2:32: clients.ios.capabilities.UNSELCT: there is no such capability; did you "
            "mean \"UNSELECT\"?");
  EXPECT_EQ(first("clients: [ios]"),
            "p.yaml:2:10: clients: must be a group of profiles; write the name of a profile, a "
            "colon, and capabilities: {IDLE: off}");
}

}  // namespace
}  // namespace postern::config
