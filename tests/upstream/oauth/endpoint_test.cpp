#include "sync/upstream/oauth/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/upstream/oauth/sign_in.h"
#include "tests/net/identity.h"
#include "tests/upstream/oauth/http_peer.h"

namespace postern::upstream::oauth {
namespace {

using namespace test;
using net::test::Loop;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using wire::oauth::ErrorKind;

const std::string token_json = R"({"access_token":"at","token_type":"Bearer","expires_in":60})";

asio::awaitable<void> ask(const Endpoint& endpoint, Granted& out,
                          net::Stream::Duration within = ample) {
  Secret form("grant_type=refresh_token&refresh_token=rt");
  out = co_await ask_grant(endpoint, std::move(form), within);
}

Granted ask_peer(const std::string& octets) {
  Loop loop;
  HttpPeer peer(loop);
  loop.beside(peer.serve({{octets, HttpPeer::Answer::Then::stay}}));
  const auto endpoint = Endpoint::prepare(peer.url());
  Granted out;
  loop.run(ask(*endpoint, out));
  return out;
}

TEST(Post, GivesTheGrant) {
  Loop loop;
  HttpPeer peer(loop);
  loop.beside(peer.serve({{json_answer(token_json)}}));
  const auto endpoint = Endpoint::prepare(peer.url());
  ASSERT_TRUE(endpoint);
  Granted out;
  loop.run(ask(*endpoint, out));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->access_token.reveal(), "at");
  ASSERT_THAT(peer.requests, SizeIs(1));
  EXPECT_THAT(peer.requests[0], testing::StartsWith("POST /token HTTP/1.1\r\n"));
  EXPECT_THAT(peer.requests[0],
              testing::EndsWith("\r\n\r\ngrant_type=refresh_token&refresh_token=rt"));
}

TEST(Post, TakesNothingStrange) {  // E17
  struct Row {
    const char* name;
    std::string octets;
    ErrorKind kind;
    const char* words;
  };
  const std::string head = "HTTP/1.1 200 OK\r\n";
  const Row rows[] = {
      {"no JSON", json_answer("<html>"), ErrorKind::nonsense, "no JSON"},
      {"wrong JSON", json_answer(R"({"access_token":["at"]})"), ErrorKind::nonsense, "no access"},
      {"announced huge", head + "Content-Length: 65537\r\n\r\n", ErrorKind::nonsense, "64 KiB"},
      {"huge", head + "\r\n" + std::string(70000, ' '), ErrorKind::nonsense, "64 KiB"},
      {"huge head", head + "A: " + std::string(9000, 'a'), ErrorKind::nonsense, "64 KiB"},
      {"no HTTP", "+OK POP3 ready\r\n", ErrorKind::nonsense, "no HTTP"},
      {"refused", json_answer(R"({"error":"invalid_grant"})", "400 Bad Request"),
       ErrorKind::invalid_grant, "invalid_grant"},
      {"in trouble", json_answer("", "503 Service Unavailable"), ErrorKind::temporary, "503"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Granted out = ask_peer(row.octets);
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().kind, row.kind);
    EXPECT_THAT(out.error().words, HasSubstr(row.words));
  }
}

TEST(Post, FollowsNoRedirect) {  // E17
  for (const char* status :
       {"301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"}) {
    Loop loop;
    HttpPeer peer(loop);
    HttpPeer elsewhere(loop);
    loop.beside(peer.serve({{std::string("HTTP/1.1 ") + status + "\r\nLocation: " +
                             elsewhere.url() + "\r\nContent-Length: 0\r\n\r\n"}}));
    const auto endpoint = Endpoint::prepare(peer.url());
    Granted out;
    loop.run(ask(*endpoint, out));
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().kind, ErrorKind::redirect);
    EXPECT_THAT(elsewhere.requests, IsEmpty());
  }
}

TEST(Post, EndsWithinItsTime) {
  for (const HttpPeer::Answer& answer :
       {HttpPeer::Answer{"", HttpPeer::Answer::Then::stay},
        HttpPeer::Answer{"HTTP/1.1 200 OK\r\n\r\n", HttpPeer::Answer::Then::stay, " "}}) {
    Loop loop;
    HttpPeer peer(loop);
    loop.beside(peer.serve({answer}));
    const auto endpoint = Endpoint::prepare(peer.url());
    Granted out;
    const auto ending = net::test::ending(loop, ask(*endpoint, out, 300ms));
    EXPECT_TRUE(ending.failed);
    EXPECT_EQ(ending.kind, net::ErrorKind::timeout);
  }
}

TEST(Post, TellsACutAnswer) {
  for (const char* octets : {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"}) {
    Loop loop;
    HttpPeer peer(loop);
    loop.beside(peer.serve({{octets}}));
    const auto endpoint = Endpoint::prepare(peer.url());
    Granted out;
    loop.run(ask(*endpoint, out));
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().kind, ErrorKind::nonsense);
  }
}

class PostTls : public testing::Test {
 protected:
  /// Asks a server whose certificate is for `names`, trusting `trusted`.
  net::test::Ending ask_tls(const std::string& host, const net::Identity& issuer,
                            const net::Identity& trusted, Granted& out) {
    net::CertificateText text = net::test::usual_text();
    text.names = {"localhost"};
    const net::Identity leaf = net::issue(text, &issuer);
    const net::TlsServer tls = net::test::server_of(folder_, leaf);
    const auto ca = folder_.write("ca.pem", net::certificate_pem(*trusted.certificate));
    Loop loop;
    HttpPeer peer(loop, &tls);
    loop.beside(peer.serve({{json_answer(token_json)}}));
    const auto endpoint = Endpoint::prepare(peer.url("https", host), ca);
    if (!endpoint) throw std::runtime_error(endpoint.error().text());
    const auto ending = net::test::ending(loop, ask(*endpoint, out));
    requests_ = peer.requests;
    return ending;
  }

  net::test::TemporaryFolder folder_;
  std::vector<std::string> requests_;
};

TEST_F(PostTls, WorksWithTheRightName) {
  const net::Identity authority = net::test::authority();
  Granted out;
  EXPECT_FALSE(ask_tls("localhost", authority, authority, out).failed);
  EXPECT_TRUE(out);
}

TEST_F(PostTls, SendsNothingToTheWrongName) {  // E17
  const net::Identity authority = net::test::authority();
  Granted out;
  const auto ending = ask_tls("127.0.0.1", authority, authority, out);
  EXPECT_EQ(ending.kind, net::ErrorKind::certificate);
  EXPECT_THAT(requests_, IsEmpty());
}

TEST_F(PostTls, SendsNothingToAStranger) {  // E17
  Granted out;
  const auto ending = ask_tls("localhost", net::test::authority(), net::test::authority(), out);
  EXPECT_EQ(ending.kind, net::ErrorKind::certificate);
  EXPECT_THAT(requests_, IsEmpty());
}

TEST(Prepare, RefusesPlainHttpToOthers) {  // E17
  for (const char* url : {"http://login.example/token", "http://127.0.0.1.example/token",
                          "ftp://127.0.0.1/", "login.example", ""})
    EXPECT_FALSE(Endpoint::prepare(url)) << url;
  EXPECT_TRUE(Endpoint::prepare("https://login.example/token"));
  EXPECT_TRUE(Endpoint::prepare("http://[::1]:1/token"));
}

asio::awaitable<void> wait_device(const Endpoint& endpoint, Granted& out, int& pauses) {
  wire::oauth::Client client{"id", Secret(), ""};
  wire::oauth::DeviceGrant device;
  device.device_code = Secret("dc");
  device.interval = std::chrono::seconds(0);
  device.lifetime = std::chrono::seconds(30);
  out = co_await wait_for_device(endpoint, client, device, [&pauses] { ++pauses; });
}

TEST(Device, IsAskedUntilTheOwnerHasDecided) {  // RFC 8628 section 3.5
  struct Row {
    const char* name;
    std::vector<HttpPeer::Answer> answers;
    bool granted;
    ErrorKind kind;
  };
  const std::string pending =
      json_answer(R"({"error":"authorization_pending"})", "400 Bad Request");
  const Row rows[] = {
      {"granted", {{pending}, {pending}, {json_answer(token_json)}}, true, {}},
      {"denied",
       {{pending}, {json_answer(R"({"error":"access_denied"})", "400 Bad Request")}},
       false,
       ErrorKind::access_denied},
      {"expired",
       {{json_answer(R"({"error":"expired_token"})", "400 Bad Request")}},
       false,
       ErrorKind::expired_token},
      {"in trouble meanwhile",
       {{json_answer("", "502 Bad Gateway")}, {json_answer(token_json)}},
       true,
       {}},
      {"refused",
       {{json_answer(R"({"error":"invalid_client"})", "401 Unauthorized")}},
       false,
       ErrorKind::refused},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Loop loop;
    HttpPeer peer(loop);
    loop.beside(peer.serve(row.answers));
    const auto endpoint = Endpoint::prepare(peer.url());
    Granted out;
    int pauses = 0;
    loop.run(wait_device(*endpoint, out, pauses));
    EXPECT_EQ(out.has_value(), row.granted);
    if (!out) {
      EXPECT_EQ(out.error().kind, row.kind);
    }
    EXPECT_THAT(peer.requests, SizeIs(row.answers.size()));
    EXPECT_EQ(pauses, static_cast<int>(row.answers.size()));
    EXPECT_THAT(peer.requests.back(), HasSubstr("device_code=dc&client_id=id"));
  }
}

TEST(Authorization, IsFreshEachTime) {
  const auto one = new_authorization("http://127.0.0.1:1/", "anna");
  const auto two = new_authorization("http://127.0.0.1:1/", "anna");
  EXPECT_NE(one.state, two.state);
  EXPECT_NE(one.verifier.reveal(), two.verifier.reveal());
  EXPECT_NE(one.state, one.verifier.reveal());
  EXPECT_GE(one.verifier.reveal().size(), 43);  // RFC 7636 section 4.1
  EXPECT_GE(one.state.size(), 43);
}

}  // namespace
}  // namespace postern::upstream::oauth
