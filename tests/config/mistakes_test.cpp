#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/load.h"

namespace postern::config {
namespace {

struct Row {
  std::string name;
  std::string yaml;
  std::vector<std::string> expected;  ///< the mistakes in order, each up to its advice
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto config = parse(row.yaml, "p.yaml");
    std::vector<std::string> found;
    if (!config) {
      for (Mistake mistake : config.error()) {
        EXPECT_FALSE(mistake.advice.empty()) << mistake.text();
        mistake.advice.clear();
        found.push_back(mistake.text());
      }
    }
    EXPECT_EQ(found, row.expected);
  }
}

/// A file with one source, whose lines are given: the first one stands in line 5, column 9.
std::string source(const std::string& lines) {
  return "accounts:\n  anna:\n    password: {env: P}\n    sources:\n      - " + lines + "\n";
}

const std::string login = "\n        username: u\n        password: {env: P}";

TEST(Mistakes, Structure) {
  check({{"empty file", "", {"p.yaml:1:1: the file is empty"}},
         {"a list", "- a\n", {"p.yaml:1:1: is a list, but must be a group of keys"}},
         {"a word", "hello\n", {"p.yaml:1:1: is a single value, but must be a group of keys"}},
         {"no accounts", "log: {level: info}\n", {"p.yaml:1:1: accounts: is missing"}},
         {"unknown key", "acounts: {}\naccounts: {}\n", {"p.yaml:1:1: acounts: unknown key"}},
         {"key without value", "accounts:\n", {"p.yaml:1:1: accounts: has no value"}},
         {"list for a group",
          "accounts: []\n",
          {"p.yaml:1:11: accounts: must be a group of accounts"}},
         {"group for a value",
          "state: {a: b}\naccounts: {}\n",
          {"p.yaml:1:8: state: is a group of keys, but must be a single value"}},
         {"duplicate account",
          "accounts:\n  a: {password: {env: P}}\n  a: {password: {env: P}}\n",
          {"p.yaml:3:3: accounts.a: is here twice, the first time in line 2"}},
         {"account name",
          "accounts:\n  ../etc: {password: {env: P}}\n",
          {"p.yaml:2:3: accounts: \"../etc\" cannot name an account"}},
         {"account without password",
          "accounts:\n  a: {sources: []}\n",
          {"p.yaml:2:6: accounts.a.password: is missing"}},
         {"names that differ in case",
          "accounts:\n  a: {password: {env: P}}\n  A: {password: {env: P}}\n",
          {"p.yaml:3:3: accounts.A: differs from a only in upper and lower case"}}});
}

TEST(Mistakes, AllAtOnceInTheOrderOfTheFile) {
  check(
      {{"four",
        "log: {level: loud, format: xml}\nlimits: {connections: 0}\naccounts: {a: {passwort: x}}\n",
        {"p.yaml:1:14: log.level: \"loud\" is not a level",
         "p.yaml:1:28: log.format: \"xml\" is not a format",
         "p.yaml:2:23: limits.connections: \"0\" is not a number from 1 to 100000",
         "p.yaml:3:15: accounts.a.password: is missing",
         "p.yaml:3:16: accounts.a.passwort: unknown key"}}});
}

TEST(Mistakes, AdviceNamesTheKeyThatWasMeant) {
  const auto config = parse("accounts: {a: {pasword: x, password: {env: P}}}\n", "p.yaml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error()[0].text(),
            "p.yaml:1:16: accounts.a.pasword: unknown key; did you mean \"password\"?");
}

TEST(Mistakes, Listen) {
  const std::string rest = "accounts: {}\n";
  check(
      {{"unknown", "listen: {imp: 127.0.0.1:1}\n" + rest, {"p.yaml:1:10: listen.imp: unknown key"}},
       {"port alone",
        "listen: {imap: 1143}\n" + rest,
        {"p.yaml:1:16: listen.imap: \"1143\" is not an address with a port"}},
       {"in a list",
        "listen:\n  imap: [127.0.0.1:1, nowhere:2]\n" + rest,
        {"p.yaml:2:23: listen.imap[1]: \"nowhere\" is not an IP address"}},
       {"group in a list",
        "listen:\n  imap: [{a: b}]\n" + rest,
        {"p.yaml:2:10: listen.imap[0]: is a group of keys, but must be a single value"}},
       {"taken",
        "listen: {imap: 127.0.0.1:1, imaps: 127.0.0.1:1}\n" + rest,
        {"p.yaml:1:36: listen.imaps: 127.0.0.1:1 is already taken by imap"}},
       {"every address and one of them",
        "listen: {imap: 127.0.0.1:1, imaps: 0.0.0.0:1}\n" + rest,
        {"p.yaml:1:36: listen.imaps: 0.0.0.0:1 cannot be beside 127.0.0.1:1 of imap"}},
       {"every address of the other family",
        "listen: {imap: \"[::1]:1\", imaps: 0.0.0.0:1, pop3: \"[::1]:2\", web: \"[::]:3\"}\n" +
            rest,
        {}},
       {"free ports are never taken",
        "listen: {imap: 127.0.0.1:0, imaps: 127.0.0.1:0}\n" + rest,
        {}}});
}

TEST(Mistakes, Tls) {
  const std::string rest = "\naccounts: {}\n";
  check({{"auto", "tls: {certificate: auto}" + rest, {}},
         {"auto with key",
          "tls: {certificate: auto, key: k}" + rest,
          {"p.yaml:1:31: tls.key: has no meaning with certificate: auto"}},
         {"certificate alone",
          "tls: {certificate: c}" + rest,
          {"p.yaml:1:20: tls.certificate: has no key beside it"}},
         {"key alone", "tls: {key: k}" + rest, {"p.yaml:1:6: tls.certificate: is missing"}},
         {"word",
          "tls: auto" + rest,
          {"p.yaml:1:6: tls: is a single value, but must be a group of keys"}}});
}

TEST(Mistakes, SourceServer) {
  check({
      {"no server",
       source("username: u\n        password: {env: P}"),
       {"p.yaml:5:9: accounts.anna.sources[0].pop3: is missing"}},
      {"no login",
       source("pop3: h:995"),
       {"p.yaml:5:9: accounts.anna.sources[0].password: is missing",
        "p.yaml:5:9: accounts.anna.sources[0].username: is missing"}},
      {"unknown provider",
       source("provider: gmxx" + login),
       {"p.yaml:5:19: accounts.anna.sources[0].provider: no preset for \"gmxx\" and POP3"}},
      {"provider without POP3",
       source("provider: 126.com" + login),
       {"p.yaml:5:19: accounts.anna.sources[0].provider: no preset for \"126.com\" and POP3"}},
      {"provider and server",
       source("provider: gmx\n        pop3: h:995" + login),
       {"p.yaml:5:19: accounts.anna.sources[0].provider: provider and pop3 exclude each other"}},
      {"TLS the provider lacks",
       source("provider: t-online\n        tls: starttls" + login),
       {"p.yaml:6:14: accounts.anna.sources[0].tls: t-online does not offer starttls"}},
      {"OAuth only",
       source("provider: outlook" + login),
       {"p.yaml:5:19: accounts.anna.sources[0].provider: hotmail.com takes no passwords, only "
        "OAuth"}},
      {"no port",
       source("pop3: pop.example.net" + login),
       {"p.yaml:5:15: accounts.anna.sources[0].pop3: \"pop.example.net\" has no port"}},
      {"port 110 says nothing about TLS",
       source("pop3: pop.example.net:110" + login),
       {"p.yaml:5:15: accounts.anna.sources[0].pop3: port 110 does not usually begin with TLS"}},
      {"kind of TLS",
       source("pop3: h:995\n        tls: ssl" + login),
       {"p.yaml:6:14: accounts.anna.sources[0].tls: \"ssl\" is not a kind of TLS"}},
      {"not a group",
       source("gmx"),
       {"p.yaml:5:9: accounts.anna.sources[0]: is a single value, but must be a group of keys"}},
  });
}

// H6: a password crosses the network in the clear only if that is said in so many words.
TEST(Mistakes, PlainTextNeedsItsWord) {
  const std::string refused =
      "accounts.anna.sources[0].tls: the password would cross the network to h unprotected";
  check({
      {"plain", source("pop3: h:110\n        tls: none" + login), {"p.yaml:6:14: " + refused}},
      {"plain, insecure: false",
       source("pop3: h:110\n        tls: none\n        insecure: false" + login),
       {"p.yaml:6:14: " + refused}},
      {"plain, insecure",
       source("pop3: h:110\n        tls: none\n        insecure: true" + login),
       {}},
      {"plain on this machine", source("pop3: \"[::1]:110\"\n        tls: none" + login), {}},
      {"insecure where nothing is",
       source("pop3: h:995\n        insecure: true" + login),
       {"p.yaml:6:19: accounts.anna.sources[0].insecure: only belongs to tls: none; certificates "
        "are "
        "always checked"}},
      {"plain-text provider", source("provider: biglobe.ne.jp" + login), {}},
      {"provider without TLS",
       source("provider: tiscali.cz" + login),
       {"p.yaml:5:19: accounts.anna.sources[0].provider: the password would cross the network to "
        "pop3.mail.tiscali.cz unprotected"}},
      {"insecure as a word",
       source("pop3: h:110\n        tls: none\n        insecure: yes" + login),
       {"p.yaml:6:14: " + refused,
        "p.yaml:7:19: accounts.anna.sources[0].insecure: \"yes\" is neither true nor false"}},
  });
}

TEST(Mistakes, SourceRules) {
  const std::string server = "pop3: h:995" + login + "\n        ";
  const std::string at = "p.yaml:8:";
  const std::string path = "accounts.anna.sources[0].";
  check({
      {"poll without unit",
       source(server + "poll: 5"),
       {at + "15: " + path + "poll: \"5\" has no unit"}},
      {"poll of nothing",
       source(server + "poll: 0 s"),
       {at + "15: " + path + "poll: a poll allows no less than 1 s"}},
      {"poll once a year",
       source(server + "poll: 365 days"),
       {at + "15: " + path + "poll: is longer than 7 days"}},
      {"keep",
       source(server + "keep_on_server: until deleted"),
       {at + "25: " + path + "keep_on_server: \"until deleted\" is not a rule"}},
      {"login",
       source(server + "login: ntlm"),
       {at + "16: " + path + "login: \"ntlm\" is not a way to log in"}},
      {"login with a token that nobody gives",
       source(server + "login: xoauth2"),
       {at + "16: " + path + "login: logs in with a token, and there is no oauth"}},
      {"login bound to TLS without TLS",
       source("pop3: 127.0.0.1:110\n        tls: none" + login +
              "\n        login: scram-sha-256-plus"),
       {"p.yaml:9:16: " + path + "login: is tied to the TLS connection, and there is none"}},
      {"gone",
       source(server + "gone_upstream: delete"),
       {at + "24: " + path + "gone_upstream: \"delete\" is not a rule"}},
      {"gone for ever",
       source(server + "gone_upstream_after: 1000 days"),
       {at + "30: " + path + "gone_upstream_after: is not between 1 s and 60 days"}},
      {"gone at once",
       source(server + "gone_upstream_after: 0 s"),
       {at + "30: " + path + "gone_upstream_after: is not between 1 s and 60 days"}},
      {"mailbox",
       source(server + "deliver_to: a//b"),
       {at + "21: " + path + "deliver_to: \"a//b\" has an empty level"}},
      {"pin", source(server + "pin: abc"), {at + "14: " + path + "pin: is not a SHA-256 pin"}},
      {"poll the provider forbids",
       source("provider: web.de" + login + "\n        poll: 5 minutes"),
       {at + "15: " + path + "poll: web.de allows no less than 15 minutes"}},
  });
}

// E11: what goes into a command upstream is one line.
TEST(Mistakes, LineEndsAndNulInWhatIsSent) {
  const std::string control = "holds a line end or another control character";
  check({
      {"user with CRLF",
       source("pop3: h:995\n        password: {env: P}\n        username: \"a\\r\\nDELE 1\""),
       {"p.yaml:7:19: accounts.anna.sources[0].username: " + control}},
      {"user with NUL",
       source("pop3: h:995\n        password: {env: P}\n        username: \"a\\0b\""),
       {"p.yaml:7:19: accounts.anna.sources[0].username: " + control}},
      {"password with LF",
       source("pop3: h:995\n        username: u\n        password: \"a\\nb\""),
       {"p.yaml:7:19: accounts.anna.sources[0].password: " + control}},
      {"host with LF",
       source("pop3: \"h\\nQUIT:995\"" + login),
       {"p.yaml:5:15: accounts.anna.sources[0].pop3: " + control}},
      {"key with LF", "accounts: {}\n\"a\\nb\": 1\n", {"p.yaml:2:1: \"a\\x0ab\": unknown key"}},
  });
}

// H5: two sources of one mailbox upstream would each delete the other's view.
TEST(Mistakes, SameMaildropTwice) {
  const std::string one = "      - {pop3: \"h:995\", username: u, password: {env: P}}\n";
  const std::string two =
      "      - {pop3: \"H:110\", tls: starttls, username: U, password: {env: P}}\n";
  const std::string other = "      - {pop3: \"h:995\", username: v, password: {env: P}}\n";
  const std::string head = "accounts:\n  a:\n    password: {env: P}\n    sources:\n";
  const std::string next = "  b:\n    password: {env: P}\n    sources:\n";
  check(
      {{"in one account",
        head + one + two,
        {"p.yaml:6:9: accounts.a.sources[1]: the same mailbox upstream as accounts.a.sources[0]"}},
       {"in two accounts",
        head + one + next + two,
        {"p.yaml:9:9: accounts.b.sources[0]: the same mailbox upstream as accounts.a.sources[0]"}},
       {"two users", head + one + other, {}}});
}

TEST(Mistakes, Secrets) {
  const std::string what = "must say one place to take the password from";
  const auto account = [](const std::string& password) {
    return "accounts:\n  a:\n    password: " + password + "\n";
  };
  const std::string at = "p.yaml:3:15: accounts.a.password: ";
  check(
      {{"two places", account("{env: A, file: B}"), {at + what}},
       {"none", account("{}"), {at + what}},
       {"list", account("[a]"), {at + "is a list, but must be a group of keys"}},
       {"a password in braces", account("{Hunter2}"), {at + what}},
       {"a password and more in braces", account("{Hunter2, file: a}"), {at + what}},
       {"unknown place", account("{fiel: a}"), {at + what}},
       {"empty", account("\"\""), {at + "is empty"}},
       {"variable",
        account("{env: A=B}"),
        {"p.yaml:3:21: accounts.a.password.env: is not the name of an environment variable"}},
       {"credential",
        account("{credential: ../x}"),
        {"p.yaml:3:28: accounts.a.password.credential: is a path, not the name of a credential"}}});
}

TEST(Mistakes, Limits) {
  const std::string rest = "\naccounts: {}\n";
  check({{"size without unit",
          "limits: {message: 150}" + rest,
          {"p.yaml:1:19: limits.message: \"150\" has no unit"}},
         {"tiny message",
          "limits: {message: 1 KiB}" + rest,
          {"p.yaml:1:19: limits.message: \"1 KiB\" is too small or too large"}},
         {"huge line",
          "limits: {command_line: 1 GiB}" + rest,
          {"p.yaml:1:24: limits.command_line: \"1 GiB\" is too small or too large"}},
         {"more for one than for all",
          "limits: {connections: 10, connections_per_address: 20}" + rest,
          {"p.yaml:1:52: limits.connections_per_address: is more than all connections (10)"}},
         {"all is less than the default for one", "limits: {connections: 10}" + rest, {}}});
}

TEST(Mistakes, OutgoingAndRelays) {
  const std::string account = "accounts:\n  a:\n    password: {env: P}\n    outgoing:\n      - ";
  check(
      {{"nothing to log in with",
        account + "{smtp: \"h:465\", from: a@b.c}\n",
        {"p.yaml:5:9: accounts.a.outgoing[0].password: is missing",
         "p.yaml:5:9: accounts.a.outgoing[0].username: is missing"}},
       {"no sender",
        account + "{smtp: \"h:465\", username: u, password: {env: P}}\n",
        {"p.yaml:5:9: accounts.a.outgoing[0].from: is missing"}},
       {"sender",
        account + "{smtp: \"h:465\", username: u, password: {env: P}, from: [x]}\n",
        {"p.yaml:5:65: accounts.a.outgoing[0].from[0]: \"x\" is not a mail address"}},
       {"a way of POP3",
        account +
            "{smtp: \"h:465\", username: u, password: {env: P}, from: [a@b.c], login: apop}\n",
        {"p.yaml:5:80: accounts.a.outgoing[0].login: is a way of POP3, not of SMTP"}},
       {"a queue that is none",
        account + "{smtp: \"h:465\", username: u, password: {env: P}, from: [a@b.c], queue: now}\n",
        {"p.yaml:5:80: accounts.a.outgoing[0].queue: \"now\" is not a rule"}},
       {"relay",
        "relays:\n  - {listen: 127.0.0.1:1, protocol: nntp}\n",
        {"p.yaml:2:5: relays[0].upstream: is missing",
         "p.yaml:2:37: relays[0].protocol: \"nntp\" is not a protocol"}},
       {"a relay where another one is",
        "relays:\n  - {listen: 127.0.0.1:1, protocol: imap, upstream: h.example:993}\n"
        "  - {listen: 127.0.0.1:1, protocol: imap, upstream: h.example:993}\n",
        {"p.yaml:3:14: relays[1].listen: 127.0.0.1:1 is already taken by relays[0]"}},
       {"a relay where a face is",
        "relays:\n  - {listen: 127.0.0.1:1, protocol: imap, upstream: h.example:993}\n"
        "listen: {imaps: 0.0.0.0:1}\n",
        {"p.yaml:2:14: relays[0].listen: 127.0.0.1:1 cannot be beside 0.0.0.0:1 of imaps"}}});
}

TEST(Mistakes, DevicesAndTheirListeners) {
  const std::string accounts = "accounts:\n  a:\n    password: {env: P}\n";
  check({{"a scanner's listener without its account",
          accounts + "listen: {scanner: {address: 192.0.2.5:25, device: otto/scanner}}\n",
          {"p.yaml:4:9: listen: scanner: there is no account \"otto\""}},
         {"a scanner's listener of no device",
          accounts + "listen: {scanner: [{address: 192.0.2.5:25, device: a}]}\n",
          {"p.yaml:4:52: listen.scanner[0].device: \"a\" names no device"}},
         {"a scanner's listener on another's address",
          accounts + "listen: {submission: 192.0.2.5:25, scanner: {address: 192.0.2.5:25, device: "
                     "a/s}}\n",
          {"p.yaml:4:55: listen.scanner.address: 192.0.2.5:25 is already taken by submission"}},
         {"what POP3 deletes",
          accounts + "devices: {pop3_delete: maybe}\n",
          {"p.yaml:4:24: devices.pop3_delete: \"maybe\" is nothing that can become of a message"}},
         {"well",
          accounts + "listen: {scanner: {address: 192.0.2.5:25, device: a/scanner}}\n"
                     "devices: {pop3_delete: expunge}\n",
          {}}});
}

TEST(Mistakes, RelaysThatSignIn) {
  const std::string accounts = "accounts:\n  a:\n    password: {env: P}\n";
  const std::string relay =
      "relays:\n  - listen: 127.0.0.1:1\n    protocol: imap\n    upstream: i.example:993\n";
  check({{"no such account",
          accounts + relay + "    login: {account: b}\n",
          {"p.yaml:8:22: relays[0].login.account: there is no account \"b\""}},
         {"nothing to log in with",
          accounts + relay + "    login: {account: a}\n",
          {"p.yaml:8:12: relays[0].login.password: is missing",
           "p.yaml:8:12: relays[0].login.username: is missing"}},
         {"twice",
          accounts + relay +
              "    login:\n      - {account: a, username: u, password: {env: P}}\n"
              "      - {account: a, username: u, password: {env: P}}\n",
          {"p.yaml:10:9: relays[0].login[1]: a stands here twice"}},
         {"nothing to log in with for smtp",
          accounts + "relays:\n  - {listen: 127.0.0.1:1, protocol: smtp, upstream: s.example:465,"
                     " login: {account: a}}\n",
          {"p.yaml:5:75: relays[0].login.password: is missing",
           "p.yaml:5:75: relays[0].login.username: is missing"}},
         {"without TLS",
          accounts +
              "relays:\n  - {listen: 127.0.0.1:1, protocol: imap, upstream: i.example:143, tls: "
              "none, insecure: true,\n     login: {account: a, username: u, password: {env: P}}}\n",
          {"p.yaml:6:13: relays[0].login: needs TLS to i.example"}},
         {"for other machines",  // B1
          accounts + "relays:\n  - {listen: 0.0.0.0:1, protocol: imap, upstream: i.example:993,"
                     " login: {account: a, username: u, password: {env: P}}}\n",
          {"p.yaml:5:14: relays[0].listen: a relay with login takes passwords, and other machines "
           "would send them in the clear"}},
         {"well",
          accounts + relay + "    login: {account: a, username: u, password: {env: P}}\n",
          {}}});
}

}  // namespace
}  // namespace postern::config
