#include "sync/wire/http/request.h"

#include <gtest/gtest.h>

namespace postern::wire::http {
namespace {

TEST(Post, IsAForm) {
  const auto url = parse_url("https://login.example:8443/token?tenant=1");
  ASSERT_TRUE(url);
  EXPECT_EQ(format_post(*url, Secret("a=b&c=d")).reveal(),
            "POST /token?tenant=1 HTTP/1.1\r\n"
            "Host: login.example:8443\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            "Content-Length: 7\r\n"
            "Accept: application/json\r\n"
            "User-Agent: postern\r\n"
            "Connection: close\r\n\r\n"
            "a=b&c=d");
}

TEST(RequestLine, IsTakenApart) {
  struct Row {
    const char* line;
    const char* method;  ///< nullptr: refused
    const char* path;
    const char* query;
  };
  const Row rows[] = {
      {"GET / HTTP/1.1", "GET", "/", ""},
      {"GET /?code=1&state=2 HTTP/1.1", "GET", "/", "code=1&state=2"},
      {"POST /a?b?c HTTP/1.0", "POST", "/a", "b?c"},
      {"GET http://evil.example/ HTTP/1.1", nullptr, "", ""},
      {"GET * HTTP/1.1", nullptr, "", ""},
      {"GET / HTTP/2.0", nullptr, "", ""},
      {"GET /", nullptr, "", ""},
      {" / HTTP/1.1", nullptr, "", ""},
      {"GET /a b HTTP/1.1", nullptr, "", ""},
      {"G(T / HTTP/1.1", nullptr, "", ""},
      {"GET /\x01 HTTP/1.1", nullptr, "", ""},
      {"", nullptr, "", ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.line);
    const auto line = parse_request_line(row.line);
    ASSERT_EQ(line.has_value(), row.method != nullptr);
    if (!line) continue;
    EXPECT_EQ(line->method, row.method);
    EXPECT_EQ(line->path, row.path);
    EXPECT_EQ(line->query, row.query);
  }
}

TEST(RequestHead, IsTheSameInAllPieces) {
  const std::string text = "GET /x HTTP/1.1\r\nHost: 127.0.0.1:4711\r\nAccept: */*\r\n\r\nrest";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    RequestHead head;
    auto status = head.feed(std::string_view(text).substr(0, cut));
    if (status == RequestHead::Status::more) status = head.feed(std::string_view(text).substr(cut));
    ASSERT_EQ(status, RequestHead::Status::complete) << cut;
    EXPECT_EQ(head.line(), "GET /x HTTP/1.1");
    EXPECT_EQ(head.host(), "127.0.0.1:4711");
  }
}

TEST(RequestHead, HasOneHostOrNone) {
  const auto host_of = [](const std::string& fields) {
    RequestHead head;
    EXPECT_EQ(head.feed("GET / HTTP/1.1\r\n" + fields + "\r\n"), RequestHead::Status::complete);
    return std::string(head.host());
  };
  EXPECT_EQ(host_of(""), "");
  EXPECT_EQ(host_of("host:a\r\n"), "a");
  EXPECT_EQ(host_of("Host: a\r\nHost: b\r\n"), "");
  EXPECT_EQ(host_of("Host : a\r\n"), "");
}

TEST(RequestHead, EndsAtItsLimit) {
  RequestHead head;
  EXPECT_EQ(head.feed(std::string(RequestHead::limit - 1, 'a')), RequestHead::Status::more);
  EXPECT_EQ(head.feed("aa"), RequestHead::Status::too_long);
}

TEST(Page, LoadsNothing) {
  const std::string page = format_page(200, "OK", "<p>Ä</p>");
  EXPECT_TRUE(page.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_NE(page.find("Content-Length: 9\r\n"), std::string::npos);
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
  EXPECT_TRUE(page.ends_with("\r\n\r\n<p>Ä</p>"));
}

}  // namespace
}  // namespace postern::wire::http
