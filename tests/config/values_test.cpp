#include "config/values.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace postern::config {
namespace {

template <class T>
struct Row {
  std::string_view text;
  std::optional<T> expected;  ///< none: a mistake with advice
};

template <class T, class Parse>
void check(const std::vector<Row<T>>& rows, Parse parse) {
  for (const auto& row : rows) {
    SCOPED_TRACE(shown(row.text));
    const auto value = parse(row.text);
    EXPECT_EQ(value.has_value(), row.expected.has_value());
    if (value && row.expected) {
      EXPECT_EQ(*value, *row.expected);
    }
    if (!value) {
      EXPECT_FALSE(value.error().what.empty());
      EXPECT_FALSE(value.error().advice.empty());
    }
  }
}

using namespace std::chrono_literals;

TEST(Values, Duration) {
  check<std::chrono::seconds>({{"5 minutes", 5min},
                               {"30 s", 30s},
                               {"1 h", 1h},
                               {"1 hour", 1h},
                               {"2 days", 48h},
                               {"90s", 90s},
                               {"1 Minute", 1min},
                               {"5", {}},
                               {"", {}},
                               {"minutes", {}},
                               {"-5 minutes", {}},
                               {"5 fortnights", {}},
                               {"1.5 h", {}},
                               {"5 minutes and a bit", {}},
                               {"99999999999999999999 s", {}},
                               {"9223372036854775807 h", {}}},
                              duration);
}

TEST(Values, Octets) {
  check<std::uint64_t>({{"150 MiB", 150ULL * 1024 * 1024},
                        {"64 KiB", 65536},
                        {"1GiB", 1ULL << 30},
                        {"10 MB", 10000000},
                        {"4096 octets", 4096},
                        {"0 B", 0},
                        {"150", {}},
                        {"MiB", {}},
                        {"-1 MiB", {}},
                        {"1 TiB", {}},
                        {"18446744073709551615 GiB", {}}},
                       octets);
}

TEST(Values, HostPort) {
  struct Case {
    std::string_view text;
    std::string_view host;  ///< empty: a mistake
    std::uint16_t port;
  };
  const std::vector<Case> rows = {
      {"pop.example.net:995", "pop.example.net", 995},
      {"POP.Example.NET:995", "pop.example.net", 995},
      {"[::1]:110", "::1", 110},
      {"[2001:DB8:0:0::1]:995", "2001:db8::1", 995},
      {"192.0.2.1:1", "192.0.2.1", 1},
      {"localhost:65535", "localhost", 65535},
      {"xn--mller-kva.example:995", "xn--mller-kva.example", 995},
      {"pop.example.net", "", 0},
      {"pop.example.net:", "", 0},
      {"pop.example.net:0", "", 0},
      {"pop.example.net:65536", "", 0},
      {"pop.example.net:99x", "", 0},
      {"pop.example.net:-1", "", 0},
      {":995", "", 0},
      {"::1:110", "", 0},
      {"[192.0.2.1]:110", "", 0},
      {"[pop.example.net]:110", "", 0},
      {"[::1:110", "", 0},
      {"192.0.2.256:110", "", 0},
      {"a..b:1", "", 0},
      {".example:1", "", 0},
      {"two words:1", "", 0},
      {"m\xc3\xbcller.example:995", "", 0},
      {"user@pop.example.net:995", "", 0},
      {"pop3://pop.example.net:995", "", 0},
      {std::string_view("127.0.0.1\0.evil.example:995", 27), "", 0},  // E11
      {"evil.example\r\nUSER x:995", "", 0},                          // E11
  };
  for (const Case& row : rows) {
    SCOPED_TRACE(shown(row.text));
    const auto value = host_port(row.text);
    ASSERT_EQ(value.has_value(), !row.host.empty());
    if (!value) continue;
    EXPECT_EQ(value->host, row.host);
    EXPECT_EQ(value->port, row.port);
  }
  EXPECT_FALSE(host_port(std::string(64, 'a') + ".example:1"));
  EXPECT_FALSE(host_port(std::string(300, 'a') + ":1"));
}

TEST(Values, ListenAddress) {
  check<std::string>({{"127.0.0.1:1143", "127.0.0.1:1143"},
                      {"0.0.0.0:0", "0.0.0.0:0"},
                      {"[::]:993", "[::]:993"},
                      {"[0:0::1]:1143", "[::1]:1143"},
                      {"localhost:1143", "127.0.0.1:1143"},
                      {"1143", {}},
                      {":1143", {}},
                      {"*:1143", {}},
                      {"[::1]", {}},
                      {"::1:1143", {}},
                      {"mail.example.net:143", {}},
                      {"127.0.0.1:70000", {}},
                      {"127.1:1143", {}}},
                     listen_address);
}

TEST(Values, LoginMethod) {
  EXPECT_EQ(login_method("strongest"), Login::strongest);
  EXPECT_EQ(login_method("APOP"), Login::apop);
  EXPECT_EQ(login_method("scram-sha-1-plus"), Login::scram_sha_1_plus);
  EXPECT_FALSE(login_method("scram"));
  EXPECT_EQ(login_method("ntlm").error().advice,
            "write strongest, user, apop, plain, login, cram-md5, scram-sha-1, scram-sha-256, "
            "scram-sha-1-plus, scram-sha-256-plus, oauthbearer or xoauth2");
}

TEST(Values, KeepOnServer) {
  using Rule = KeepOnServer::Rule;
  EXPECT_EQ(keep_on_server("forever")->rule, Rule::forever);
  EXPECT_EQ(keep_on_server("until-deleted")->rule, Rule::until_deleted);
  EXPECT_EQ(keep_on_server("never")->rule, Rule::never);
  EXPECT_EQ(keep_on_server("14 days")->rule, Rule::days);
  EXPECT_EQ(keep_on_server("14 days")->days, std::chrono::days(14));
  EXPECT_EQ(keep_on_server("1 day")->days, std::chrono::days(1));
  // H6: nothing but the exact words leads to deletion.
  for (const std::string_view wrong :
       {"", "0 days", "-1 days", "14", "14 hours", "Never", "no", "until deleted", "40000 days",
        "99999999999999999999 days"}) {
    SCOPED_TRACE(wrong);
    EXPECT_FALSE(keep_on_server(wrong));
  }
}

TEST(Values, CertificatePin) {
  const std::string digits(64, 'a');
  EXPECT_EQ(certificate_pin("SHA256:" + digits), "SHA256:" + digits);
  EXPECT_EQ(certificate_pin("sha256:" + std::string(64, 'A')), "SHA256:" + digits);
  std::string colons = "SHA256:aa";
  for (int i = 1; i < 32; ++i) colons += ":aa";
  EXPECT_EQ(certificate_pin(colons), "SHA256:" + digits);
  EXPECT_FALSE(certificate_pin(digits));
  EXPECT_FALSE(certificate_pin("SHA1:" + digits));
  EXPECT_FALSE(certificate_pin("SHA256:" + std::string(63, 'a')));
  EXPECT_FALSE(certificate_pin("SHA256:" + std::string(64, 'g')));
}

TEST(Values, AccountName) {
  for (const std::string_view good : {"anna", "Anna.B", "anna@example.net", "a", "0x", "a_b-c+d"}) {
    EXPECT_TRUE(account_name(good)) << good;
  }
  // It names a file: nothing that leaves the folder or hides in it.
  for (const std::string_view bad : {"", ".", "..", "../anna", "a/b", ".anna", "-anna", "a b",
                                     "anna\n", "m\xc3\xbcller", "a:b", "a\\b"}) {
    EXPECT_FALSE(account_name(bad)) << shown(bad);
  }
  EXPECT_TRUE(account_name(std::string(64, 'a')));
  EXPECT_FALSE(account_name(std::string(65, 'a')));
}

TEST(Values, MailboxName) {
  check<std::string>({{"inbox", "INBOX"},
                      {"INBOX", "INBOX"},
                      {"Old/GMX", "Old/GMX"},
                      {"Gr\xc3\xbc\xc3\x9f"
                       "e",
                       "Gr\xc3\xbc\xc3\x9f"
                       "e"},
                      {"", {}},
                      {"/a", {}},
                      {"a/", {}},
                      {"a//b", {}},
                      {"a*", {}},
                      {"a\r\nb", {}}},
                     mailbox_name);
}

TEST(Values, MailAddress) {
  check<std::string>({{"anna@gmx.de", "anna@gmx.de"},
                      {"anna", {}},
                      {"@gmx.de", {}},
                      {"anna@", {}},
                      {"anna @gmx.de", {}},
                      {"<anna@gmx.de>", {}},
                      {"a@b, c@d", {}}},
                     mail_address);
}

TEST(Values, Truth) {
  check<bool>({{"true", true}, {"false", false}, {"yes", {}}, {"True", {}}, {"1", {}}}, truth);
}

TEST(Values, LoopbackIsThisMachineOnly) {
  for (const std::string_view host :
       {"localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(is_loopback(host)) << host;
  }
  for (const std::string_view host : {"", "localhost.example.net", "128.0.0.1", "127.example.net",
                                      "::2", "0.0.0.0", "192.168.1.1"}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

}  // namespace
}  // namespace postern::config
