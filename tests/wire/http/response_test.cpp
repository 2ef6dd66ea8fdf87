#include "sync/wire/http/response.h"

#include <gtest/gtest.h>

namespace postern::wire::http {
namespace {

using Status = ResponseParser::Status;

struct Outcome {
  Status status;
  unsigned code;
  std::string body;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// Fed in pieces of `size` octets, then the connection ends.
Outcome parse(std::string_view text, std::size_t size) {
  ResponseParser parser;
  Status status = Status::more;
  for (std::size_t at = 0; at < text.size() && status == Status::more; at += size)
    status = parser.feed(text.substr(at, size));
  if (status == Status::more) status = parser.end();
  if (status != Status::done) return {status, 0, ""};
  return {status, parser.status_code(), parser.take_body()};
}

struct Row {
  const char* name;
  std::string text;
  Status status;
  unsigned code = 0;
  std::string body = "";
};

std::string head(const std::string& fields, const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\n" + fields + "\r\n";
}

const std::string big(ResponseParser::body_limit, 'x');

const Row rows[] = {
    {"length", head("Content-Length: 2\r\n") + "{}", Status::done, 200, "{}"},
    {"length, octets behind it", head("content-length:2\r\n") + "{}more", Status::done, 200, "{}"},
    {"length 0", head("Content-Length: 0\r\n"), Status::done, 200, ""},
    {"until the end", head("") + "{}", Status::done, 200, "{}"},
    {"until the end, nothing", head(""), Status::done, 200, ""},
    {"HTTP/1.0", "HTTP/1.0 400 Bad Request\r\n\r\n{}", Status::done, 400, "{}"},
    {"bare LF", "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", Status::done, 200, "{}"},
    {"no reason", "HTTP/1.1 302\r\nContent-Length: 0\r\n\r\n", Status::done, 302, ""},
    {"204 has no body", head("", "204 No Content") + "x", Status::done, 204, ""},
    {"100 before", head("", "100 Continue") + head("Content-Length: 1\r\n") + "a", Status::done,
     200, "a"},
    {"chunked",
     head("Transfer-Encoding: chunked\r\n") + "1\r\n{\r\n1;a=b\r\n}\r\n0\r\nT: x\r\n\r\n",
     Status::done, 200, "{}"},
    {"same length twice", head("Content-Length: 1\r\nContent-Length: 1\r\n") + "a", Status::done,
     200, "a"},
    {"body of the limit", head("Content-Length: 65536\r\n") + big, Status::done, 200, big},
    // E17
    {"announced too large", head("Content-Length: 65537\r\n"), Status::too_large},
    {"announced absurdly", head("Content-Length: 99999999999999999999999\r\n"), Status::too_large},
    {"grows too large", head("") + big + "x", Status::too_large},
    {"chunk too large", head("Transfer-Encoding: chunked\r\n") + "10001\r\n", Status::too_large},
    {"chunks too large", head("Transfer-Encoding: chunked\r\n") + "10000\r\n" + big + "\r\n1\r\n",
     Status::too_large},
    {"chunk absurd", head("Transfer-Encoding: chunked\r\n") + "fffffffffffffffffff\r\n",
     Status::too_large},
    {"head too large", head("A: " + std::string(9000, 'a') + "\r\n"), Status::too_large},
    {"many fields", head([] {
       std::string fields;
       for (int i = 0; i < 2000; ++i) fields += "A: b\r\n";
       return fields;
     }()),
     Status::too_large},
    {"a line without end", std::string(9000, 'a'), Status::too_large},
    {"many 100",
     [] {
       std::string text;
       for (int i = 0; i < 1000; ++i) text += "HTTP/1.1 100 Continue\r\n\r\n";
       return text;
     }(),
     Status::too_large},
    // RFC 9112 section 6.3, section 5.1
    {"lengths differ", head("Content-Length: 1\r\nContent-Length: 2\r\n") + "ab",
     Status::malformed},
    {"length and chunked", head("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
     Status::malformed},
    {"negative length", head("Content-Length: -1\r\n"), Status::malformed},
    {"signed length", head("Content-Length: +1\r\n"), Status::malformed},
    {"empty length", head("Content-Length:\r\n"), Status::malformed},
    {"list of lengths", head("Content-Length: 1, 1\r\n"), Status::malformed},
    {"other coding", head("Transfer-Encoding: gzip, chunked\r\n"), Status::malformed},
    {"compressed", head("Content-Encoding: gzip\r\nContent-Length: 1\r\n") + "a",
     Status::malformed},
    {"bad chunk", head("Transfer-Encoding: chunked\r\n") + "x\r\n", Status::malformed},
    {"chunk without end", head("Transfer-Encoding: chunked\r\n") + "1\r\nab\r\n",
     Status::malformed},
    {"space before the colon", head("Content-Length : 1\r\n") + "a", Status::malformed},
    {"folded", head("A: b\r\n c\r\n"), Status::malformed},
    {"no HTTP", "220 mail.example ESMTP\r\n", Status::malformed},
    {"HTTP/2", "HTTP/2 200\r\n\r\n", Status::malformed},
    {"code of letters", "HTTP/1.1 2x0 OK\r\n\r\n", Status::malformed},
    {"code 000", "HTTP/1.1 000 OK\r\n\r\n", Status::malformed},
    {"101", head("", "101 Switching Protocols"), Status::malformed},
    {"nothing", "", Status::malformed},
    {"cut in the head", "HTTP/1.1 200 OK\r\nContent-Le", Status::malformed},
    {"cut in the body", head("Content-Length: 3\r\n") + "ab", Status::malformed},
    {"cut in a chunk", head("Transfer-Encoding: chunked\r\n") + "5\r\nab", Status::malformed},
    {"no last chunk", head("Transfer-Encoding: chunked\r\n") + "1\r\na\r\n", Status::malformed},
};

TEST(Response, IsTheSameInAllPieces) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Outcome expected{row.status, row.code, row.body};
    for (const std::size_t size : {1UL, 2UL, 3UL, 7UL, 100UL, 1UL << 20U})
      EXPECT_EQ(parse(row.text, size), expected) << size;
  }
}

TEST(Response, IsTheSameCutAnywhere) {
  for (const Row& row : rows) {
    if (row.text.size() > 200) continue;
    SCOPED_TRACE(row.name);
    for (std::size_t cut = 0; cut <= row.text.size(); ++cut) {
      ResponseParser parser;
      parser.feed(std::string_view(row.text).substr(0, cut));
      parser.feed(std::string_view(row.text).substr(cut));
      EXPECT_EQ(parser.end(), row.status) << cut;
    }
  }
}

}  // namespace
}  // namespace postern::wire::http
