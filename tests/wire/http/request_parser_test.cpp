#include "sync/wire/http/request_parser.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::wire::http {
namespace {

using Status = RequestParser::Status;

struct Outcome {
  Status status = Status::more;
  unsigned refusal = 0;
  std::string line;  ///< "METHOD path?query body"
  std::string rest;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome parse(const std::vector<std::string>& pieces) {
  RequestParser parser;
  Outcome out;
  for (const std::string& piece : pieces) {
    std::string_view octets = piece;
    if (out.status == Status::more) out.status = parser.feed(octets);
    if (out.status == Status::done) out.rest += octets;
  }
  if (out.status == Status::refused) out.refusal = parser.refusal();
  if (out.status != Status::done) return out;
  const Request request = parser.take();
  out.line = request.method + " " + request.path + "?" + request.query + " " + request.body;
  return out;
}

std::string get(const std::string& fields) {
  return "GET /a?b HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}
std::string post(const std::string& fields, const std::string& body) {
  return "POST /a HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n" + body;
}
std::string many_fields(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += "X: y\r\n";
  return out;
}

struct Row {
  const char* name;
  std::string octets;
  unsigned refusal = 0;  ///< 0: it is a request
  std::string line = "";
  std::string rest = "";
};

// I6; RFC 9112 sections 2.2, 3, 5, 6 and 11.2.
const Row rows[] = {
    {"GET", get(""), 0, "GET /a?b "},
    {"an empty line before it", "\r\n" + get(""), 0, "GET /a?b "},
    {"two empty lines before it", "\r\n\r\n" + get(""), 400},
    {"the next one is left", get("") + get(""), 0, "GET /a?b ", get("")},
    {"body", post("Content-Length: 3\r\n", "abcdef"), 0, "POST /a? abc", "def"},
    {"body with line ends", post("content-length:4\r\n", "\r\n\r\n"), 0, "POST /a? \r\n\r\n"},
    {"no length, no body", post("", "abc"), 0, "POST /a? ", "abc"},
    {"length 0", post("Content-Length: 0\r\n", "abc"), 0, "POST /a? ", "abc"},
    {"dots and per cents stay", "GET /%2e%2e/../x HTTP/1.1\r\nHost: a\r\n\r\n", 0,
     "GET /%2e%2e/../x? "},
    {"bare LF", "GET / HTTP/1.1\nHost: a\n\n\r\n\r\n", 400},
    {"LF in a field", get("X: a\nTransfer-Encoding: chunked\r\n"), 400},
    {"bare CR", get("X: a\rb\r\n"), 400},
    {"folded field", get("X: a\r\n b\r\n"), 400},
    {"white space before the colon", get("Content-Length : 3\r\n"), 400},
    {"no colon", get("nonsense\r\n"), 400},
    {"NUL", get(std::string("X: a\0b\r\n", 8)), 400},
    {"chunked", post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), 501},
    {"chunked and a length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0"), 501},
    {"chunked, disguised", post("Transfer-Encoding: xchunked\r\n", ""), 501},
    {"two lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"), 400},
    {"the same length twice", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), 400},
    {"a list of lengths", post("Content-Length: 3, 3\r\n", "abc"), 400},
    {"signed length", post("Content-Length: +3\r\n", "abc"), 400},
    {"negative length", post("Content-Length: -3\r\n", "abc"), 400},
    {"hexadecimal length", post("Content-Length: 0x3\r\n", "abc"), 400},
    {"empty length", post("Content-Length:\r\n", "abc"), 400},
    {"length beyond the limit", post("Content-Length: 65537\r\n", ""), 413},
    {"length beyond all numbers", post("Content-Length: 99999999999999999999999\r\n", ""), 413},
    {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
    {"no Host, HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 400},
    {"two Hosts", get("Host: evil.example\r\n"), 400},
    {"absolute form", "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
    {"CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 400},
    {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"tab", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"HTTP/0.9", "GET /\r\n\r\n", 400},
    {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
    {"Expect", post("Expect: 100-continue\r\nContent-Length: 1\r\n", ""), 417},
    {"as many fields as may be", get(many_fields(63)), 0, "GET /a?b "},
    {"too many fields", get(many_fields(64)), 431},
    {"a head that is too long", get("X: " + std::string(RequestParser::head_limit, 'a') + "\r\n"),
     431},
    {"TLS", std::string("\x16\x03\x01\x02\x00\x01\r\n\r\n", 10), 400},
};

TEST(RequestParser, TakesOrRefusesTheSameInAllPieces) {  // I6
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Outcome wanted{row.refusal == 0 ? Status::done : Status::refused, row.refusal, row.line,
                   row.rest};
    EXPECT_EQ(parse({row.octets}), wanted);
    std::vector<std::string> single;
    for (const char c : row.octets) single.emplace_back(1, c);
    EXPECT_EQ(parse(single), wanted);
    const std::size_t step = row.octets.size() > 1000 ? 97 : 1;
    for (std::size_t cut = 0; cut < row.octets.size(); cut += step)
      EXPECT_EQ(parse({row.octets.substr(0, cut), row.octets.substr(cut)}), wanted) << cut;
  }
}

TEST(RequestParser, WaitsForTheLastOctet) {
  for (const std::string& whole : {get("A: b\r\n"), post("Content-Length: 3\r\n", "abc")}) {
    for (std::size_t cut = 0; cut < whole.size(); ++cut)
      EXPECT_EQ(parse({whole.substr(0, cut)}).status, Status::more) << cut;
  }
}

TEST(RequestParser, KnowsWhetherTheConnectionGoesOn) {  // RFC 9112 section 9.3
  const auto persistent = [](const std::string& text) {
    RequestParser parser;
    std::string_view octets = text;
    EXPECT_EQ(parser.feed(octets), Status::done);
    return parser.take().persistent;
  };
  EXPECT_TRUE(persistent(get("")));
  EXPECT_FALSE(persistent(get("Connection: close\r\n")));
  EXPECT_FALSE(persistent(get("Connection: x, Close\r\n")));
  EXPECT_FALSE(persistent("GET / HTTP/1.0\r\nHost: a\r\n\r\n"));
}

TEST(RequestParser, BeginsAnewAfterARequest) {
  RequestParser parser;
  const std::string two = post("Content-Length: 1\r\n", "x") + get("");
  std::string_view octets = two;
  EXPECT_EQ(parser.feed(octets), Status::done);
  EXPECT_EQ(parser.take().body, "x");
  EXPECT_FALSE(parser.begun());
  EXPECT_EQ(parser.feed(octets), Status::done);
  EXPECT_EQ(parser.take().path, "/a");
}

TEST(Request, HasAFieldOnceOrNotAtAll) {
  Request request;
  request.fields = {{"A", "1"}, {"b", "2"}, {"B", "3"}};
  EXPECT_EQ(request.field("a"), "1");
  EXPECT_EQ(request.field("B"), std::nullopt);
  EXPECT_EQ(request.field("c"), std::nullopt);
}

TEST(Cookie, IsFoundByItsWholeName) {
  EXPECT_EQ(cookie("a=1; postern=x=; b=2", "postern"), "x=");
  EXPECT_EQ(cookie("postern=x", "postern"), "x");
  EXPECT_EQ(cookie("xpostern=x; postern2=y", "postern"), std::nullopt);
  EXPECT_EQ(cookie("", "postern"), std::nullopt);
}

}  // namespace
}  // namespace postern::wire::http
