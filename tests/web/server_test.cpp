#include "proxy/web/server.h"

#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/net/error.h"
#include "tests/net/loop.h"
#include "tests/web/fake_house.h"

namespace postern::web {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A browser that says what the test tells it.
class Client {
 public:
  explicit Client(net::Stream stream) : stream_(std::move(stream)) {}

  asio::awaitable<void> send(std::string text) { co_await stream_.write(text, net::test::ample); }
  /// Reads until `text` has come; all of it up to there.
  asio::awaitable<std::string> until(std::string text) {
    while (input_.find(text) == std::string::npos) co_await fill();
    const std::size_t end = input_.find(text) + text.size();
    std::string out = input_.substr(0, end);
    input_.erase(0, end);
    co_return out;
  }
  /// An answer with Content-Length.
  asio::awaitable<std::string> answer() {
    std::string head = co_await until("\r\n\r\n");
    const std::size_t at = head.find("Content-Length: ");
    const std::size_t length = at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
    while (input_.size() < length) co_await fill();
    head += input_.substr(0, length);
    input_.erase(0, length);
    co_return head;
  }
  asio::awaitable<std::string> ask(std::string request) {
    co_await send(std::move(request));
    co_return co_await answer();
  }
  /// What comes until the server ends the connection.
  asio::awaitable<std::string> rest() {
    try {
      while (true) co_await fill();
    } catch (const net::Error&) {
      // That is the end.
    }
    co_return std::exchange(input_, {});
  }

 private:
  asio::awaitable<void> fill() {
    char buffer[65536];
    const std::span<char> into(buffer);
    const std::size_t octets = co_await stream_.read_some(into, net::test::ample);
    input_.append(buffer, octets);
  }

  net::Stream stream_;
  std::string input_;
};

class WebServer : public testing::Test {
 protected:
  void run(asio::awaitable<void> conversation) { loop.run(beside_server(std::move(conversation))); }
  asio::awaitable<void> beside_server(asio::awaitable<void> conversation) {
    server = std::make_unique<Server>(loop.io.get_executor(), directory, house, limits);
    const std::exception_ptr failure =
        co_await net::test::converse(*server, loop.listen(), port, std::move(conversation));
    server.reset();
    if (failure) std::rethrow_exception(failure);
  }
  asio::awaitable<Client> connect() {
    net::Stream stream = co_await net::test::connect(port);
    co_return Client(std::move(stream));
  }
  [[nodiscard]] std::string get(std::string_view path, std::string_view fields = "") const {
    return fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{}\r\n", path, port, fields);
  }
  [[nodiscard]] std::string post(std::string_view path, std::string_view body,
                                 std::string_view fields = "") const {
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nOrigin: http://127.0.0.1:{}\r\n"
        "Content-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{}",
        path, port, port, body.size(), fields, body);
  }
  /// The fields of a pass, after an invitation was shown.
  asio::awaitable<std::string> pass() {
    Client client = co_await connect();
    const std::string link = server->invite(1min);
    const std::string body = R"({"invitation":")" + link.substr(link.find('=') + 1) + R"("})";
    const std::string answer = co_await client.ask(post("/api/enter", body));
    const std::size_t cookie = answer.find("Set-Cookie: ") + 12;
    const std::size_t token = answer.find(R"("token":")") + 9;
    co_return "Cookie: " + answer.substr(cookie, answer.find(';', cookie) - cookie) +
        "\r\nX-Postern-Token: " + answer.substr(token, 32) + "\r\n";
  }

  asio::awaitable<void> shows_the_page();
  asio::awaitable<void> lets_in();
  asio::awaitable<void> keeps_out();
  asio::awaitable<void> checks_host();
  asio::awaitable<void> checks_origin();
  asio::awaitable<void> tells_of_changes();
  asio::awaitable<void> drops_listeners();
  asio::awaitable<void> stays_inside();
  asio::awaitable<void> refuses_smuggling();
  asio::awaitable<void> pipelines();
  asio::awaitable<void> drips();
  asio::awaitable<void> idles();
  asio::awaitable<void> asks_often();
  asio::awaitable<void> is_watched();
  asio::awaitable<void> guesses();
  asio::awaitable<void> asks_for_readiness();
  asio::awaitable<void> sets_up_a_device();
  asio::awaitable<void> opens_links_from_elsewhere();
  asio::awaitable<void> guesses_links();

  [[nodiscard]] std::string open_link(std::string_view link, std::string_view form,
                                      std::string_view fields) const {
    const std::string body = fmt::format("link={}&form={}", link, form);
    return fmt::format(
        "POST /device HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: {}\r\n{}\r\n{}", port,
        body.size(), fields, body);
  }
  [[nodiscard]] std::string from_our_form() const {
    return fmt::format(
        "Origin: http://127.0.0.1:{}\r\nContent-Type: application/x-www-form-urlencoded\r\n", port);
  }

  net::test::Loop loop;
  access::Directory directory;
  FakeHouse house;
  Limits limits;
  std::unique_ptr<Server> server;
  std::uint16_t port = 0;
};

asio::awaitable<void> WebServer::shows_the_page() {
  Client client = co_await connect();
  const std::string page = co_await client.ask(get("/"));
  EXPECT_THAT(page, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(page, HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
  EXPECT_THAT(page, HasSubstr("<!doctype html>"));
  for (const char* field :
       {"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'",
        "X-Content-Type-Options: nosniff\r\n", "Referrer-Policy: no-referrer\r\n",
        "Cross-Origin-Opener-Policy: same-origin\r\n",
        "Cross-Origin-Resource-Policy: same-origin\r\n", "Cache-Control: no-store\r\n"})
    EXPECT_THAT(page, HasSubstr(field));
  EXPECT_THAT(co_await client.ask(get("/style.css")), HasSubstr("Content-Type: text/css"));
  EXPECT_THAT(co_await client.ask(get("/main.js")), HasSubstr("Content-Type: text/javascript"));
  EXPECT_THAT(co_await client.ask(get("/?x=y")), HasSubstr("<!doctype html>"));
  co_await client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/healthz"));
  EXPECT_THAT(co_await client.until("\r\n\r\n"), HasSubstr("Content-Length: "));
  EXPECT_THAT(co_await client.answer(), testing::EndsWith("\r\n\r\nok\n"));
}

TEST_F(WebServer, ShowsThePageToEverybody) {  // I4
  run(shows_the_page());
}

asio::awaitable<void> WebServer::lets_in() {
  const std::string mine = co_await pass();
  Client client = co_await connect();
  EXPECT_THAT(co_await client.ask(get("/api/status", mine)), HasSubstr(R"("said":"one")"));
  EXPECT_THAT(co_await client.ask(get("/api/history", mine)), HasSubstr(R"({"days":30})"));
  EXPECT_THAT(co_await client.ask(post("/api/echo", R"({"a":"<b>"})", mine)),
              HasSubstr(R"({"a":"<b>"})"));
  const std::string refusal = co_await client.ask(post("/api/no", "{}", mine));
  EXPECT_THAT(refusal, StartsWith("HTTP/1.1 409"));
  EXPECT_THAT(refusal, HasSubstr(R"({"advice":"try echo","error":"no such thing"})"));
  EXPECT_THAT(co_await client.ask(post("/api/echo", "[1]", mine)), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(co_await client.ask(post("/api/echo", "{", mine)), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(co_await client.ask(post("/api/leave", "{}", mine)), HasSubstr("Max-Age=0"));
  EXPECT_THAT(co_await client.ask(get("/api/status", mine)), StartsWith("HTTP/1.1 401"));
}

TEST_F(WebServer, LetsInWhoWasInvited) {
  run(lets_in());
}

asio::awaitable<void> WebServer::keeps_out() {
  const std::string mine = co_await pass();
  const std::string cookie = mine.substr(0, mine.find("\r\n") + 2);
  const std::string token = mine.substr(cookie.size());
  EXPECT_THAT(cookie, Not(HasSubstr(token.substr(17, 32))));
  for (const std::string& half :
       {std::string(), cookie, token, cookie + "X-Postern-Token: x\r\n"}) {
    Client client = co_await connect();
    EXPECT_THAT(co_await client.ask(get("/api/status", half)), StartsWith("HTTP/1.1 401"));
    EXPECT_THAT(co_await client.ask(get("/api/events", half)), StartsWith("HTTP/1.1 401"));
    EXPECT_THAT(co_await client.ask(get("/api/history", half)), StartsWith("HTTP/1.1 401"));
    EXPECT_THAT(co_await client.ask(post("/api/echo", "{}", half)), StartsWith("HTTP/1.1 401"));
    EXPECT_THAT(co_await client.ask(get("/api/echo", mine)), StartsWith("HTTP/1.1 404"));
  }
  EXPECT_EQ(house.acts, 0);
}

TEST_F(WebServer, WantsCookieAndToken) {  // I3, I5
  run(keeps_out());
}

asio::awaitable<void> WebServer::checks_host() {
  const std::string mine = co_await pass();
  for (const char* host : {"evil.example", "192.0.2.1", "gate.local", "localhost.evil.example"}) {
    for (const char* path : {"/", "/api/status", "/api/events", "/metrics", "/healthz"}) {
      Client client = co_await connect();
      const std::string request =
          fmt::format("GET {} HTTP/1.1\r\nHost: {}:{}\r\n{}\r\n", path, host, port, mine);
      const std::string answer = co_await client.ask(request);
      EXPECT_THAT(answer, StartsWith("HTTP/1.1 421")) << host << path;
    }
  }
}

TEST_F(WebServer, KnowsItsNames) {  // I2
  run(checks_host());
}

asio::awaitable<void> WebServer::checks_origin() {
  const std::string mine = co_await pass();
  Client client = co_await connect();
  const std::string head = fmt::format(
      "POST /api/echo HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{}Content-Length: 2\r\n", port, mine);
  const std::string json = "Content-Type: application/json\r\n";
  const std::string ours = fmt::format("Origin: http://127.0.0.1:{}\r\n", port);
  const auto ask = [&](const std::string& fields) { return client.ask(head + fields + "\r\n{}"); };
  EXPECT_THAT(co_await ask(json + ours), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(co_await ask(json), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(co_await ask(json + "Origin: http://evil.example\r\n"), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(co_await ask(json + "Origin: null\r\n"), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(co_await ask(json + ours + "Sec-Fetch-Site: cross-site\r\n"),
              StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(co_await ask(ours), StartsWith("HTTP/1.1 415"));
  EXPECT_THAT(co_await ask(ours + "Content-Type: text/plain\r\n"), StartsWith("HTTP/1.1 415"));
  EXPECT_EQ(house.acts, 1);
  const std::string put = fmt::format("PUT /api/echo HTTP/1.1\r\nHost: localhost\r\n{}\r\n", mine);
  EXPECT_THAT(co_await client.ask(put), StartsWith("HTTP/1.1 405"));
}

TEST_F(WebServer, ActsForItsOwnPageOnly) {  // I3
  run(checks_origin());
}

asio::awaitable<void> WebServer::tells_of_changes() {
  const std::string mine = co_await pass();
  Client client = co_await connect();
  co_await client.send(get("/api/events", mine));
  EXPECT_THAT(co_await client.until("\r\n\r\n"), HasSubstr("text/event-stream"));
  const std::string first = co_await client.until("\n\n");
  EXPECT_THAT(first, StartsWith("event: status\ndata: {"));
  EXPECT_THAT(co_await client.until("\n\n"), StartsWith(": "));
  house.said = "two\nlines";
  std::string next = ": ";
  while (next.starts_with(": ")) next = co_await client.until("\n\n");
  EXPECT_THAT(next, HasSubstr(R"("said":"two\nlines")"));
  EXPECT_EQ(house.statuses, 2);
}

TEST_F(WebServer, TellsOfChangesAsTheyHappen) {
  limits.pulse = 1ms;
  limits.heartbeat = 1ms;
  run(tells_of_changes());
}

asio::awaitable<void> WebServer::is_watched() {
  const std::string mine = co_await pass();
  Client first = co_await connect();
  co_await first.send(get("/api/events", mine));
  (void)co_await first.until("\n\n");
  Client second = co_await connect();
  EXPECT_THAT(co_await second.ask(get("/api/events", mine)), StartsWith("HTTP/1.1 503"));
}

TEST_F(WebServer, HasRoomForSomeListeners) {
  limits.listeners = 1;
  run(is_watched());
}

asio::awaitable<void> WebServer::drops_listeners() {
  const std::string mine = co_await pass();
  Client client = co_await connect();
  co_await client.send(get("/api/events", mine));
  (void)co_await client.until("\n\n");
  const std::string other = co_await pass();
  Client leaving = co_await connect();
  co_await leaving.send(get("/api/events", other));
  (void)co_await leaving.until("\n\n");
  Client elsewhere = co_await connect();
  (void)co_await elsewhere.ask(post("/api/leave", "{}", other));
  (void)co_await leaving.rest();
  server->stop();
  (void)co_await client.rest();
}

TEST_F(WebServer, EndsForListenersWhoSignedOutAndWhenItStops) {
  limits.pulse = 1ms;
  run(drops_listeners());
}

asio::awaitable<void> WebServer::stays_inside() {
  Client client = co_await connect();
  for (const char* path :
       {"/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/page/index.html", "/.", "//",
        "/index.html", "/style.css/", "/api", "/api/", "/api/../", "/STYLE.CSS", "/style.css%00"}) {
    const std::string answer = co_await client.ask(get(path));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 401")) << path;
    EXPECT_THAT(answer, Not(HasSubstr("root:")));
  }
}

TEST_F(WebServer, LooksNothingUpOnADisk) {  // I6
  run(stays_inside());
}

asio::awaitable<void> WebServer::refuses_smuggling() {
  const std::string inner = get("/healthz");
  for (const std::string& fields :
       {std::string("Transfer-Encoding: chunked\r\n"),
        std::string("Content-Length: 3\r\nContent-Length: 0\r\n"),
        std::string("Content-Length : 3\r\n"), std::string("X: a\r\n folded\r\n")}) {
    Client client = co_await connect();
    co_await client.send(get("/", fields) + inner);
    const std::string answers = co_await client.rest();
    EXPECT_TRUE(answers.starts_with("HTTP/1.1 400") || answers.starts_with("HTTP/1.1 501"))
        << fields;
    // The connection ended with it: what stands behind is no request.
    EXPECT_EQ(answers.find("HTTP/1.1", 1), std::string::npos) << fields;
  }
}

TEST_F(WebServer, RefusesWhatCouldHideARequest) {  // I6
  run(refuses_smuggling());
}

asio::awaitable<void> WebServer::pipelines() {
  Client client = co_await connect();
  co_await client.send(get("/healthz") + get("/readyz") + get("/healthz", "Connection: close\r\n"));
  const std::string answers = co_await client.rest();
  std::size_t count = 0;
  for (std::size_t at = answers.find("HTTP/1.1 200"); at != std::string::npos;
       at = answers.find("HTTP/1.1 200", at + 1))
    ++count;
  EXPECT_EQ(count, 3U);
  EXPECT_THAT(answers, HasSubstr("Connection: close"));
}

TEST_F(WebServer, AnswersInOrder) {
  run(pipelines());
}

asio::awaitable<void> WebServer::asks_for_readiness() {
  Client client = co_await connect();
  const std::string ready = co_await client.ask(get("/readyz"));
  EXPECT_THAT(ready, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(ready, HasSubstr("the disk is gone"));
  EXPECT_THAT(co_await client.ask(get("/healthz")), StartsWith("HTTP/1.1 200"));
}

TEST_F(WebServer, SaysWhenItIsNotReady) {
  house.trouble = "the disk is gone";
  run(asks_for_readiness());
}

asio::awaitable<void> WebServer::drips() {
  Client client = co_await connect();
  std::string answer;
  try {
    // An octet now and then does not give it more time.
    for (const char c : "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(5000, 'x')) {
      co_await client.send(std::string(1, c));
      co_await net::pause(1ms);
    }
  } catch (const net::Error&) {
    // It did not wait for the end.
  }
  answer = co_await client.rest();
  EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 408")) << answer;
}

TEST_F(WebServer, DoesNotWaitForWhoDrips) {  // I6
  limits.before_login = 50ms;
  run(drips());
}

asio::awaitable<void> WebServer::idles() {
  Client client = co_await connect();
  (void)co_await client.ask(get("/healthz"));
  EXPECT_EQ(co_await client.rest(), "");
}

TEST_F(WebServer, EndsConnectionsThatIdle) {  // I6
  limits.before_login = 50ms;
  run(idles());
}

asio::awaitable<void> WebServer::asks_often() {
  Client client = co_await connect();
  EXPECT_THAT(co_await client.ask(get("/healthz")), Not(HasSubstr("close")));
  EXPECT_THAT(co_await client.ask(get("/healthz")), HasSubstr("Connection: close"));
  EXPECT_EQ(co_await client.rest(), "");
}

TEST_F(WebServer, EndsAConnectionAfterManyRequests) {  // I6
  limits.requests = 2;
  run(asks_often());
}

asio::awaitable<void> WebServer::sets_up_a_device() {
  Client client = co_await connect();
  const std::string link = house.good_link;
  EXPECT_THAT(co_await client.ask(get("/device")), HasSubstr("/device.js"));
  const std::string question = R"({"link":")" + link + R"("})";
  EXPECT_THAT(co_await client.ask(post("/api/link", question)),
              HasSubstr(R"({"device":"anna/phone"})"));
  EXPECT_THAT(co_await client.ask(open_link(link, "fax", from_our_form())),
              StartsWith("HTTP/1.1 409"));
  const std::string given = co_await client.ask(open_link(link, "text", from_our_form()));
  EXPECT_THAT(given, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(given, HasSubstr("Content-Disposition: attachment; filename=\"phone.txt\"\r\n"));
  EXPECT_THAT(given, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_THAT(given, testing::EndsWith("\r\n\r\nk7qm"));
  EXPECT_THAT(co_await client.ask(open_link(link, "text", from_our_form())),
              StartsWith("HTTP/1.1 401"));
}

TEST_F(WebServer, SetsUpADeviceByALinkOnce) {  // I5
  run(sets_up_a_device());
}

asio::awaitable<void> WebServer::opens_links_from_elsewhere() {
  Client client = co_await connect();
  const std::string link = house.good_link;
  const std::string form = "Content-Type: application/x-www-form-urlencoded\r\n";
  const std::string ours = fmt::format("Origin: http://127.0.0.1:{}\r\n", port);
  for (const std::string& fields :
       {form, form + "Origin: http://evil.example\r\n", form + "Origin: null\r\n",
        form + ours + "Sec-Fetch-Site: cross-site\r\n"})
    EXPECT_THAT(co_await client.ask(open_link(link, "text", fields)), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(co_await client.ask(open_link(link, "text", ours)), StartsWith("HTTP/1.1 415"));
  EXPECT_THAT(co_await client.ask(get("/device?link=" + link + "&form=text")),
              Not(HasSubstr("k7qm")));
  EXPECT_EQ(house.good_link, link) << "it was not used up";
}

TEST_F(WebServer, OpensLinksForItsOwnFormAlone) {  // I3
  run(opens_links_from_elsewhere());
}

asio::awaitable<void> WebServer::guesses_links() {
  Client client = co_await connect();
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_THAT(co_await client.ask(post("/api/link", R"({"link":"x"})")),
              StartsWith("HTTP/1.1 401"));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 1900ms);
}

TEST_F(WebServer, AnswersWrongLinksLate) {  // I5
  run(guesses_links());
}

asio::awaitable<void> WebServer::guesses() {
  Client client = co_await connect();
  const auto begun = std::chrono::steady_clock::now();
  const std::string answer = co_await client.ask(post("/api/enter", R"({"invitation":"x"})"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(answer, Not(HasSubstr("Set-Cookie")));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 1900ms);
}

TEST_F(WebServer, AnswersWrongInvitationsLate) {  // I5
  run(guesses());
}

}  // namespace
}  // namespace postern::web
