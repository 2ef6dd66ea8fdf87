#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "proxy/access/directory.h"
#include "proxy/relay/server.h"
#include "sync/net/listener.h"
#include "sync/net/task_group.h"
#include "tests/net/identity.h"
#include "tests/net/loop.h"

namespace postern::relay {

using namespace std::chrono_literals;

/// One thing that a server does.
struct Step {
  enum class Kind { say, hear_line, hear, tls, end, cut, wait_for_end };
  Kind kind = Kind::say;
  std::string text{};
};
inline Step say(std::string text) {
  return {Step::Kind::say, std::move(text)};
}
inline Step hear_line() {
  return {Step::Kind::hear_line};
}
/// Octets until these have come.
inline Step hear(std::string text) {
  return {Step::Kind::hear, std::move(text)};
}
inline Step make_tls() {
  return {Step::Kind::tls};
}
inline Step end() {
  return {Step::Kind::end};
}
/// The end of the connection without the one of TLS.
inline Step cut() {
  return {Step::Kind::cut};
}
inline Step wait_for_end() {
  return {Step::Kind::wait_for_end};
}

/// A server that does these steps on every connection, and writes down what it hears.
class ScriptedServer {
 public:
  explicit ScriptedServer(net::test::Loop& loop)
      : tasks_(loop.io.get_executor(), "scripted"), listener_(loop.listen()) {
    port = listener_.port();
    tasks_.spawn("accept", accept());
  }
  void stop() {
    listener_.close();
    tasks_.cancel();
  }
  asio::awaitable<void> join() { return tasks_.join(); }

  std::vector<Step> steps;
  const net::TlsServer* tls = nullptr;
  std::string heard_plain;  ///< before TLS
  std::string heard;        ///< inside TLS, or all without
  int connections = 0;
  std::uint16_t port = 0;

 private:
  static constexpr const char* never = "what nobody ever says";

  asio::awaitable<void> accept() {
    while (true) {
      net::Stream stream = co_await listener_.accept();
      ++connections;
      tasks_.spawn("serve", serve(std::make_unique<net::Stream>(std::move(stream))));
    }
  }
  asio::awaitable<void> serve(std::unique_ptr<net::Stream> stream) {
    std::string input;
    for (const Step& step : std::vector<Step>(steps)) {
      switch (step.kind) {
        case Step::Kind::say: co_await stream->write(step.text, net::test::ample); break;
        case Step::Kind::hear_line: co_await hear_until(*stream, input, "\r\n"); break;
        case Step::Kind::hear: co_await hear_until(*stream, input, step.text); break;
        case Step::Kind::tls:
          co_await stream->start_tls(*tls, net::test::ample);
          heard_plain += std::exchange(heard, {});
          break;
        case Step::Kind::end: co_await stream->shutdown(); co_return;
        case Step::Kind::cut: stream->close(); co_return;
        case Step::Kind::wait_for_end: co_await hear_until(*stream, input, never); break;
      }
    }
    co_await hear_until(*stream, input, never);
  }
  asio::awaitable<void> hear_until(net::Stream& stream, std::string& input, std::string mark) {
    std::size_t found = input.find(mark);
    while (found == std::string::npos) {
      char buffer[4096];
      const std::span<char> into(buffer);
      const std::size_t count = co_await stream.read_some(into, net::test::ample);
      input.append(buffer, count);
      heard.append(buffer, count);
      found = input.find(mark);
    }
    input.erase(0, found + mark.size());
  }

  net::TaskGroup tasks_;
  net::Listener listener_;
};

/// The server's part of coming to TLS, well done, in each protocol.
inline std::vector<Step> starttls(Protocol protocol) {
  switch (protocol) {
    case Protocol::imap:
      return {say("* OK [CAPABILITY IMAP4rev1 STARTTLS BEFORE] before\r\n"),
              hear_line(),
              say("* CAPABILITY IMAP4rev1 STARTTLS BEFORE\r\np1 OK\r\n"),
              hear_line(),
              say("p2 OK\r\n"),
              make_tls()};
    case Protocol::pop3:
      return {say("+OK before <1@before>\r\n"),
              hear_line(),
              say("+OK\r\nSTLS\r\nBEFORE\r\n.\r\n"),
              hear_line(),
              say("+OK\r\n"),
              make_tls()};
    case Protocol::smtp:
      return {say("220 before\r\n"), hear_line(),       say("250-before\r\n250 STARTTLS\r\n"),
              hear_line(),           say("220 go\r\n"), make_tls()};
  }
  return {};
}

/// A relay on loopback to a scripted server.
class RelayTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = new net::test::TemporaryFolder;
    root = new net::Identity(net::test::authority());
    leaf = new net::Identity(net::issue(net::test::usual_text(), root));
    tls = new net::TlsServer(net::test::server_of(*folder, *leaf));
  }
  static void TearDownTestSuite() {
    delete tls;
    delete leaf;
    delete root;
    delete folder;
  }

  net::TlsTrust trust() const {
    return {"pop.example.net", folder->write("root.pem", net::certificate_pem(*root->certificate)),
            std::nullopt, net::TlsTrust::Resumption::within_client};
  }

  /// Starts all, runs the conversation, ends all.
  void run(Protocol protocol, config::Tls mode, asio::awaitable<void> conversation) {
    upstream = std::make_unique<ScriptedServer>(loop);
    upstream->tls = server_tls == nullptr ? tls : server_tls;
    upstream->steps = steps;
    Route route;
    route.protocol = protocol;
    route.upstream = {upstream_host, upstream_port.value_or(upstream->port)};
    route.tls = mode;
    route.guests = guests;
    route.purse = purse;
    route.trust =
        std::make_shared<net::TlsClient>(net::TlsClient::make(wanted ? *wanted : trust()).value());
    loop.run(beside(std::move(route), std::move(conversation)));
  }
  asio::awaitable<void> beside(Route route, asio::awaitable<void> conversation) {
    server = std::make_unique<Server>(loop.io.get_executor(), directory, splicer, std::move(route),
                                      limits);
    const std::exception_ptr failure =
        co_await net::test::converse(*server, loop.listen(), port, std::move(conversation));
    upstream->stop();
    co_await upstream->join();
    if (failure) std::rethrow_exception(failure);
  }

  /// Sends all at once, and reads until the relay ends the connection.
  asio::awaitable<void> blurt(std::string text) {
    net::Stream stream = co_await net::test::connect(port);
    co_await stream.write(text, net::test::ample);
    co_await read_rest(stream);
  }
  asio::awaitable<void> read_rest(net::Stream& stream) {
    char buffer[65536];
    const std::span<char> into(buffer);
    try {
      while (true) {
        const std::size_t count = co_await stream.read_some(into, net::test::ample);
        answer.append(buffer, count);
      }
    } catch (const net::Error& error) {
      how_it_ended = error.kind();
    }
  }

  static inline net::test::TemporaryFolder* folder = nullptr;
  static inline net::Identity* root = nullptr;
  static inline net::Identity* leaf = nullptr;
  static inline net::TlsServer* tls = nullptr;

  net::test::Loop loop;
  access::Directory directory;
  net::Splicer splicer;
  Limits limits;
  std::vector<Step> steps;
  const net::TlsServer* server_tls = nullptr;
  std::optional<net::TlsTrust> wanted;
  std::string upstream_host = "127.0.0.1";
  std::optional<std::uint16_t> upstream_port;
  std::vector<Guest> guests;
  std::shared_ptr<Purse> purse;
  std::unique_ptr<ScriptedServer> upstream;
  std::unique_ptr<Server> server;
  std::uint16_t port = 0;
  std::string answer;  ///< what the program got
  std::optional<net::ErrorKind> how_it_ended;
};

}  // namespace postern::relay
