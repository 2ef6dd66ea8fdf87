#include "sync/wire/http/answer.h"

#include <gtest/gtest.h>

namespace postern::wire::http {
namespace {

TEST(Answer, EndsAsItIsFramed) {  // RFC 9112 section 6.3
  const Answer answer{200, {{"A", "b"}}, "{}"};
  EXPECT_EQ(format(answer, Framing::length),
            "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(format(answer, Framing::last),
            "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
  EXPECT_EQ(format(answer, Framing::head_only),
            "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(format(answer, Framing::open_end),
            "HTTP/1.1 200 OK\r\nA: b\r\nConnection: close\r\n\r\n{}");
}

TEST(Answer, WithoutContentHasNone) {  // RFC 9110 section 15.3.5
  EXPECT_EQ(format({204, {}, "x"}, Framing::length), "HTTP/1.1 204 No Content\r\n\r\n");
}

}  // namespace
}  // namespace postern::wire::http
