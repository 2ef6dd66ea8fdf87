#include "sync/wire/http/url.h"

#include <gtest/gtest.h>

namespace postern::wire::http {
namespace {

TEST(Url, IsTakenApart) {
  struct Row {
    const char* text;
    Url::Scheme scheme;
    const char* host;
    std::uint16_t port;
    const char* target;
    const char* authority;
  };
  constexpr auto http = Url::Scheme::http;
  constexpr auto https = Url::Scheme::https;
  const Row rows[] = {
      {"https://oauth2.example.com/token", https, "oauth2.example.com", 443, "/token",
       "oauth2.example.com"},
      {"HTTPS://Example.COM", https, "example.com", 443, "/", "example.com"},
      {"https://example.com?a=b", https, "example.com", 443, "/?a=b", "example.com"},
      {"https://example.com:8443/x?y=z%20", https, "example.com", 8443, "/x?y=z%20",
       "example.com:8443"},
      {"http://127.0.0.1:4711/", http, "127.0.0.1", 4711, "/", "127.0.0.1:4711"},
      {"http://[::1]:80/a", http, "::1", 80, "/a", "[::1]"},
      {"http://localhost/", http, "localhost", 80, "/", "localhost"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    const auto url = parse_url(row.text);
    ASSERT_TRUE(url);
    EXPECT_EQ(url->scheme, row.scheme);
    EXPECT_EQ(url->host, row.host);
    EXPECT_EQ(url->port, row.port);
    EXPECT_EQ(url->target, row.target);
    EXPECT_EQ(url->authority(), row.authority);
    const auto again = parse_url(url->text());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->text(), url->text());
  }
}

TEST(Url, RefusesWhatIsNone) {
  const std::string rows[] = {
      "",
      "example.com",
      "ftp://example.com/",
      "https://",
      "https:///path",
      "https://user:password@example.com/",  // RFC 9110 section 4.2.4
      "https://example.com/#fragment",
      "https://example.com/a b",
      "https://example.com/a\r\nHost: evil",
      "https://exa mple.com/",
      "https://example.com:0/",
      "https://example.com:70000/",
      "https://example.com:/",
      "https://[::1/",
      "https://[example]/",
      "https://example.com/" + std::string(3000, 'a'),
  };
  for (const std::string& row : rows) EXPECT_FALSE(parse_url(row)) << row;
}

TEST(Url, KnowsThisMachine) {
  struct Row {
    const char* text;
    bool loopback;
  };
  const Row rows[] = {
      {"http://127.0.0.1:1/", true},
      {"http://127.1.2.3/", true},
      {"http://localhost:80/", true},
      {"http://[::1]/", true},
      {"http://127.0.0.1.evil.example/", false},
      {"http://127.evil.example/", false},
      {"http://localhost.evil.example/", false},
      {"http://10.0.0.1/", false},
  };
  for (const Row& row : rows) {
    const auto url = parse_url(row.text);
    ASSERT_TRUE(url) << row.text;
    EXPECT_EQ(is_loopback(*url), row.loopback) << row.text;
  }
}

TEST(Form, ComesBackAsItWent) {
  const std::vector<Field> fields = {
      {"a", "1"}, {"b c", "x&y=z+%"}, {"empty", ""}, {"octets", std::string("\0\xFF\r\n", 4)}};
  const std::string text = encode_form(fields);
  EXPECT_EQ(text, "a=1&b%20c=x%26y%3Dz%2B%25&empty=&octets=%00%FF%0D%0A");
  EXPECT_EQ(decode_form(text), fields);
}

TEST(Form, IsReadAsBrowsersWriteIt) {
  EXPECT_EQ(decode_form("a=b+c&&d"), (std::vector<Field>{{"a", "b c"}, {"d", ""}}));
  EXPECT_EQ(decode_form(""), std::vector<Field>{});
  for (const char* bad : {"a=%", "a=%4", "a=%GG", "%zz=1"}) EXPECT_FALSE(decode_form(bad)) << bad;
}

}  // namespace
}  // namespace postern::wire::http
