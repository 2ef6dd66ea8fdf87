#include "proxy/web/origin.h"

#include <gtest/gtest.h>

namespace postern::web {
namespace {

constexpr Way here{true, false};
constexpr Way there{false, true};

TEST(OurHost, IsANameOfTheCertificate) {  // I2
  const std::vector<std::string> names = {"mail.example.org", "*.example.net"};
  EXPECT_TRUE(is_our_host("mail.example.org:8143", there, names));
  EXPECT_TRUE(is_our_host("Mail.example.net", there, names));
  for (const char* host : {"example.net", ".example.net", "a.b.example.net", "evilexample.net",
                           "*.example.org", "mail.example.org.evil.example", ""})
    EXPECT_FALSE(is_our_host(host, there, names)) << host;
  EXPECT_FALSE(is_our_host("mail.example.org", here, names));
}

TEST(OurHost, IsAnAddressOrANameOfThisMachine) {  // I2
  struct Row {
    const char* host;
    bool here;
    bool there;
  };
  const Row rows[] = {
      {"127.0.0.1:8143", true, false},
      {"127.0.0.1", true, false},
      {"127.9.9.9:1", true, false},
      {"[::1]:8143", true, false},
      {"[::1]", true, false},
      {"localhost:8143", true, false},
      {"LocalHost", true, false},
      {"192.0.2.1:8143", false, true},
      {"[2001:db8::1]:8143", false, true},
      {"gate:8143", false, true},
      {"Gate.Local", false, true},
      {"evil.example", false, false},
      {"evil.example:8143", false, false},
      {"localhost.evil.example", false, false},
      {"127.0.0.1.evil.example", false, false},
      {"localhost@evil.example", false, false},
      {"localhost:80:80", false, false},
      {"localhost:", false, false},
      {"localhost:x", false, false},
      {"[::1", false, false},
      {"[::1]x", false, false},
      {"", false, false},
      {":8143", false, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.host);
    EXPECT_EQ(is_our_host(row.host, here, {}), row.here);
    EXPECT_EQ(is_our_host(row.host, there, {"gate", "gate.local"}), row.there);
  }
}

TEST(OurPage, SaysWhereItComesFrom) {  // I3
  struct Row {
    const char* name;
    const char* origin;  ///< nullptr: none
    const char* site;
    bool reads;
    bool acts;
  };
  const Row rows[] = {
      {"our page", "http://127.0.0.1:8143", "same-origin", true, true},
      {"our page, an old browser", "http://127.0.0.1:8143", nullptr, true, true},
      {"no browser", nullptr, nullptr, true, false},
      {"reading from our page", nullptr, "same-origin", true, false},
      {"typed in", nullptr, "none", true, false},
      {"another page", "http://evil.example", "cross-site", false, false},
      {"another page, an old browser", "http://evil.example", nullptr, false, false},
      {"another page, no origin", nullptr, "cross-site", false, false},
      {"another port", "http://127.0.0.1:9999", "same-site", false, false},
      {"another port, an old browser", "http://127.0.0.1:9999", nullptr, false, false},
      {"another scheme", "https://127.0.0.1:8143", nullptr, false, false},
      {"nowhere", "null", nullptr, false, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    wire::http::Request request;
    request.fields.emplace_back("Host", "127.0.0.1:8143");
    if (row.origin != nullptr) request.fields.emplace_back("Origin", row.origin);
    if (row.site != nullptr) request.fields.emplace_back("Sec-Fetch-Site", row.site);
    EXPECT_EQ(is_our_page(request, here, Effect::reads), row.reads);
    EXPECT_EQ(is_our_page(request, here, Effect::acts), row.acts);
  }
}

}  // namespace
}  // namespace postern::web
