// What programs are told that look for their servers by themselves, and have no pass.

#include "proxy/web/discovery.h"

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/web/server.h"
#include "tests/net/loop.h"
#include "tests/web/fake_house.h"

namespace postern::web {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* asks_for_anna = "<EMailAddress>anna@example.net</EMailAddress>";

class DiscoveryTest : public testing::Test {
 protected:
  /// The answer to one request, on a connection of its own.
  std::string ask(const std::string& request) {
    loop.run(asked(request));
    return answer;
  }
  asio::awaitable<void> asked(std::string request) {
    Server server(loop.io.get_executor(), directory, house, limits);
    const std::exception_ptr failure =
        co_await net::test::converse(server, loop.listen(), port, hears(std::move(request)));
    if (failure) std::rethrow_exception(failure);
  }
  asio::awaitable<void> hears(std::string request) {
    net::Stream stream = co_await net::test::connect(port);
    co_await stream.write(request, net::test::ample);
    answer.clear();
    while (!complete()) {
      std::string piece(4096, '\0');
      piece.resize(co_await stream.read_some(piece, net::test::ample));
      answer += piece;
    }
  }
  [[nodiscard]] bool complete() const {
    const std::size_t head = answer.find("\r\n\r\n");
    const std::size_t at = answer.find("Content-Length: ");
    return head != std::string::npos && at < head &&
           answer.size() >= head + 4 + std::stoul(answer.substr(at + 16));
  }
  static std::string get(const std::string& path, const std::string& fields = "",
                         const std::string& host = "localhost") {
    return fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n{}\r\n", path, host, fields);
  }
  static std::string post(const std::string& path, const std::string& body,
                          const std::string& fields = "", const std::string& host = "localhost") {
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n{}\r\n{}",
        path, host, body.size(), fields, body);
  }

  net::test::Loop loop;
  access::Directory directory;
  FakeHouse house;
  Limits limits;
  std::uint16_t port = 0;
  std::string answer;
};

TEST_F(DiscoveryTest, AutoconfigSaysTheSameToEverybody) {
  const std::string bare = ask(get("/mail/config-v1.1.xml"));
  EXPECT_THAT(bare, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(bare, HasSubstr("Content-Type: text/xml; charset=utf-8\r\n"));
  EXPECT_THAT(bare, HasSubstr("<clientConfig here >"));
  for (const char* path : {"/.well-known/autoconfig/mail/config-v1.1.xml",
                           "/mail/config-v1.1.xml?emailaddress=anna%40example.net",
                           "/mail/config-v1.1.xml?emailaddress=%3C%00%ff&x"})
    EXPECT_EQ(ask(get(path)), bare) << path;
  for (const char* path : {"/Mail/config-v1.1.xml", "/mail/config-v1.1.xml/", "/mail/",
                           "/.well-known/autoconfig/mail/../mail/config-v1.1.xml"})
    EXPECT_THAT(ask(get(path)), StartsWith("HTTP/1.1 404")) << path;
}

TEST_F(DiscoveryTest, AutodiscoverEchoesTheAddressThatIsAskedFor) {
  for (const char* path : {"/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml",
                           "/AutoDiscover/AutoDiscover.xml"}) {
    const std::string told = ask(post(path, asks_for_anna));
    EXPECT_THAT(told, StartsWith("HTTP/1.1 200")) << path;
    EXPECT_THAT(told, HasSubstr("<Autodiscover here anna@example.net>"));
  }
  EXPECT_THAT(ask(post("/autodiscover/autodiscover.xml", "")), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(ask(get("/autodiscover/autodiscover.xml")), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(ask(post("/mail/config-v1.1.xml", asks_for_anna)), StartsWith("HTTP/1.1 404"));
  // A body is bounded before it is read.
  EXPECT_THAT(ask("POST /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: localhost\r\n"
                  "Content-Length: 1000000\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
}

/// A page of somebody else whose name leads here, or that asks from where it is, hears nothing.
TEST_F(DiscoveryTest, I2I3OtherPagesAreToldNothing) {
  constexpr const char* autoconfig = "/mail/config-v1.1.xml";
  constexpr const char* autodiscover = "/autodiscover/autodiscover.xml";
  for (const char* host : {"evil.example", "autoconfig.evil.example", "192.0.2.1", ""}) {
    const auto refused = testing::AnyOf(StartsWith("HTTP/1.1 421"), StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(ask(get(autoconfig, "", host)), refused) << host;
    EXPECT_THAT(ask(post(autodiscover, asks_for_anna, "", host)), refused) << host;
  }
  for (const char* field : {"Origin: http://evil.example\r\n", "Sec-Fetch-Site: cross-site\r\n",
                            "Sec-Fetch-Site: same-site\r\n", "Origin: null\r\n"}) {
    EXPECT_THAT(ask(get(autoconfig, field)), StartsWith("HTTP/1.1 403")) << field;
    EXPECT_THAT(ask(post(autodiscover, asks_for_anna, field)), StartsWith("HTTP/1.1 403")) << field;
  }
  EXPECT_THAT(ask(get(autoconfig)), HasSubstr("Cross-Origin-Resource-Policy: same-origin\r\n"));
}

TEST_F(DiscoveryTest, WhereNothingListensNothingIsThere) {
  house.listens = false;
  EXPECT_THAT(ask(get("/mail/config-v1.1.xml")), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(ask(post("/autodiscover/autodiscover.xml", asks_for_anna)),
              StartsWith("HTTP/1.1 404"));
}

}  // namespace
}  // namespace postern::web
