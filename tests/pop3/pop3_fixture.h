#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>

#include "proxy/access/directory.h"
#include "proxy/pop3/server.h"
#include "sync/net/dial.h"
#include "sync/net/own_certificate.h"
#include "tests/net/loop.h"
#include "tests/store/store_fixture.h"

namespace postern::pop3 {

/// A mail program that says what the test tells it.
class Client {
 public:
  explicit Client(net::Stream stream) : stream_(std::move(stream)) {}

  asio::awaitable<void> send(std::string text) { co_await stream_.write(text, net::test::ample); }
  /// One line without its end; throws at the end of the connection.
  asio::awaitable<std::string> line() {
    while (input_.find("\r\n") == std::string::npos) co_await fill();
    const std::size_t end = input_.find("\r\n");
    std::string text = input_.substr(0, end);
    input_.erase(0, end + 2);
    co_return text;
  }
  /// A multi-line answer as it came, its first line and the terminator too.
  asio::awaitable<std::string> lines() {
    std::string text;
    std::string next;
    do {
      next = co_await line();
      text += next + "\r\n";
    } while (next != "." && !text.starts_with("-ERR"));
    co_return text;
  }
  asio::awaitable<std::string> ask(std::string command) {
    co_await send(command + "\r\n");
    co_return co_await line();
  }
  asio::awaitable<std::string> ask_lines(std::string command) {
    co_await send(command + "\r\n");
    co_return co_await lines();
  }
  asio::awaitable<std::string> log_in(std::string password = "open sesame") {
    (void)co_await line();
    (void)co_await ask("USER anna");
    co_return co_await ask("PASS " + password);
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
  net::Stream& stream() { return stream_; }

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

/// A server on loopback for the account "anna".
class Pop3Test : public store::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    directory.set("anna", Secret("open sesame"),
                  {"anna", account, [this] { ++polls_asked; }, nullptr});
  }
  void TearDown() override {
    directory.remove("anna");
    StoreTest::TearDown();
  }

  /// Starts the server, runs the conversation, ends the server.
  void run(asio::awaitable<void> conversation) { loop.run(beside_server(std::move(conversation))); }
  asio::awaitable<void> beside_server(asio::awaitable<void> conversation) {
    server = std::make_unique<Server>(loop.io.get_executor(), directory, tls, limits);
    const std::exception_ptr failure =
        co_await net::test::converse(*server, loop.listen(), port, std::move(conversation));
    server.reset();
    if (failure) std::rethrow_exception(failure);
  }
  asio::awaitable<Client> connect() {
    net::Stream stream = co_await net::test::connect(port);
    co_return Client(std::move(stream));
  }

  net::test::Loop loop;
  access::Directory directory{access::ThrottleRules{.first_pause = std::chrono::milliseconds(1),
                                                    .longest_pause = std::chrono::milliseconds(1)}};
  const net::TlsServer* tls = nullptr;
  Limits limits;
  std::unique_ptr<Server> server;
  std::uint16_t port = 0;
  int polls_asked = 0;
};

}  // namespace postern::pop3
