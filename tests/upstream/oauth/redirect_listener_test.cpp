#include "sync/upstream/oauth/redirect_listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/wire/http/url.h"
#include "tests/upstream/oauth/http_peer.h"

namespace postern::upstream::oauth {
namespace {

using namespace test;
using net::test::Loop;
using testing::HasSubstr;
using testing::StartsWith;
using wire::oauth::Redirect;

/// Sends octets and reads the answer to its end.
asio::awaitable<std::string> fetch(std::uint16_t port, std::string request) {
  net::Stream stream = co_await net::test::connect(port);
  co_await stream.write(request, ample);
  std::string text;
  std::array<char, 4096> buffer{};
  try {
    while (true) {
      const std::size_t count = co_await stream.read_some(std::span(buffer), ample);
      text.append(buffer.data(), count);
    }
  } catch (const net::Error&) {
    // The end.
  }
  co_return text;
}

std::string get(const RedirectListener& listener, const std::string& target) {
  const auto url = wire::http::parse_url(listener.address());
  return "GET " + target + " HTTP/1.1\r\nHost: " + url->authority() + "\r\n\r\n";
}

std::uint16_t port_of(const RedirectListener& listener) {
  return wire::http::parse_url(listener.address())->port;
}

asio::awaitable<void> wait(RedirectListener& listener, net::Stream::Duration within,
                           Redirect& out) {
  out = co_await listener.wait("st", within);
}

asio::awaitable<void> browse(std::uint16_t port, std::vector<std::string> requests,
                             std::vector<std::string>& answers) {
  for (std::string& request : requests) {
    std::string answer = co_await fetch(port, std::move(request));
    answers.push_back(std::move(answer));
  }
}

TEST(RedirectListener, TakesTheCode) {
  Loop loop;
  auto listener = RedirectListener::open(loop.io.get_executor());
  ASSERT_TRUE(listener);
  EXPECT_THAT(listener->address(), StartsWith("http://127.0.0.1:"));
  std::vector<std::string> answers;
  loop.beside(browse(port_of(*listener), {get(*listener, "/?code=c0de&state=st")}, answers));
  Redirect out;
  loop.run(wait(*listener, ample, out));
  EXPECT_EQ(out.kind, Redirect::Kind::code);
  EXPECT_EQ(out.code.reveal(), "c0de");
  ASSERT_EQ(answers.size(), 1);
  EXPECT_THAT(answers[0], StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answers[0], HasSubstr("close this page"));
  EXPECT_THAT(answers[0], testing::Not(HasSubstr("c0de")));
}

TEST(RedirectListener, TellsARefusal) {
  Loop loop;
  auto listener = RedirectListener::open(loop.io.get_executor());
  std::vector<std::string> answers;
  loop.beside(
      browse(port_of(*listener), {get(*listener, "/?error=access_denied&state=st")}, answers));
  Redirect out;
  loop.run(wait(*listener, ample, out));
  EXPECT_EQ(out.kind, Redirect::Kind::refused);
  EXPECT_EQ(out.words, "access_denied");
}

TEST(RedirectListener, PassesOverEverythingElse) {
  Loop loop;
  auto listener = RedirectListener::open(loop.io.get_executor());
  const std::string host = "Host: " + wire::http::parse_url(listener->address())->authority();
  const std::vector<std::string> requests = {
      get(*listener, "/favicon.ico"),
      get(*listener, "/"),
      get(*listener, "/?code=evil&state=guessed"),
      get(*listener, "/?code=evil"),
      get(*listener, "/other?code=evil&state=st"),
      "POST /?code=evil&state=st HTTP/1.1\r\n" + host + "\r\n\r\n",
      "GET /?code=evil&state=st HTTP/1.1\r\nHost: evil.example\r\n\r\n",
      "GET /?code=evil&state=st HTTP/1.1\r\n\r\n",
      "nonsense\r\n\r\n",
      std::string(10000, 'a'),
      get(*listener, "/?code=good&state=st"),
  };
  std::vector<std::string> answers;
  loop.beside(browse(port_of(*listener), requests, answers));
  Redirect out;
  loop.run(wait(*listener, ample, out));
  EXPECT_EQ(out.code.reveal(), "good");
  ASSERT_EQ(answers.size(), requests.size());
  // Octets beyond the limit are not read: that connection may end without the answer.
  for (std::size_t i = 0; i + 2 < answers.size(); ++i)
    EXPECT_THAT(answers[i], StartsWith("HTTP/1.1 404 ")) << requests[i];
}

asio::awaitable<void> say_nothing(std::uint16_t port) {
  net::Stream silent = co_await net::test::connect(port);
  std::array<char, 1> buffer{};
  co_await silent.read_some(std::span(buffer), ample);
}

TEST(RedirectListener, IsNotHeldUpBySilence) {
  Loop loop;
  auto listener = RedirectListener::open(loop.io.get_executor());
  loop.beside(say_nothing(port_of(*listener)));
  std::vector<std::string> answers;
  loop.beside(browse(port_of(*listener), {get(*listener, "/?code=c&state=st")}, answers));
  Redirect out;
  loop.run(wait(*listener, ample, out));
  EXPECT_EQ(out.kind, Redirect::Kind::code);
}

TEST(RedirectListener, EndsInTime) {
  Loop loop;
  auto listener = RedirectListener::open(loop.io.get_executor());
  Redirect out;
  const auto ending = net::test::ending(loop, wait(*listener, 50ms, out));
  EXPECT_EQ(ending.kind, net::ErrorKind::timeout);
}

}  // namespace
}  // namespace postern::upstream::oauth
