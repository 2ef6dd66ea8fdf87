#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "sync/net/tls.h"
#include "tests/net/loop.h"

namespace postern::upstream::oauth::test {

using namespace std::chrono_literals;
using net::test::ample;

/// A server of the tests: takes one connection after another and gives each the next answer, as
/// octets, in whatever shape.
class HttpPeer {
 public:
  struct Answer {
    std::string octets;
    enum class Then { close, stay } then = Then::close;
    std::string drip{};                 ///< sent after it for ever, octet by octet
    std::chrono::milliseconds wait{0};  ///< before it
  };

  explicit HttpPeer(net::test::Loop& loop, const net::TlsServer* tls = nullptr)
      : listener_(loop.listen()), tls_(tls) {}

  asio::awaitable<void> serve(std::vector<Answer> answers) {
    for (Answer& answer : answers) {
      net::Stream stream = co_await listener_.accept();
      if (tls_ != nullptr) co_await stream.start_tls(*tls_, ample);
      std::string request = co_await read_request(stream);
      requests.push_back(std::move(request));
      if (answer.wait.count() != 0) co_await net::pause(answer.wait);
      co_await stream.write(answer.octets, ample);
      while (!answer.drip.empty()) {
        co_await stream.write(answer.drip, ample);
        co_await net::pause(10ms);
      }
      if (answer.then == Answer::Then::stay) {
        std::array<char, 1> nothing{};
        try {
          co_await stream.read_some(nothing, ample);
        } catch (const net::Error&) {
          // The client has gone, as it should.
        }
      }
      co_await stream.shutdown();
    }
    listener_.close();
  }

  [[nodiscard]] std::string url(const std::string& scheme = "http",
                                const std::string& host = "127.0.0.1") const {
    return scheme + "://" + host + ":" + std::to_string(listener_.port()) + "/token";
  }

  std::vector<std::string> requests;

 private:
  /// Head and body by Content-Length.
  static asio::awaitable<std::string> read_request(net::Stream& stream) {
    std::string text;
    std::array<char, 4096> buffer{};
    while (true) {
      const std::size_t end = text.find("\r\n\r\n");
      if (end != std::string::npos) {
        const std::string name = "Content-Length: ";
        const std::size_t at = text.find(name);
        const std::size_t length =
            at == std::string::npos ? 0 : std::stoul(text.substr(at + name.size()));
        if (text.size() >= end + 4 + length) co_return text;
      }
      const std::size_t count = co_await stream.read_some(std::span(buffer), ample);
      text.append(buffer.data(), count);
    }
  }

  net::Listener listener_;
  const net::TlsServer* tls_;
};

inline std::string json_answer(const std::string& json, const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) +
         "\r\n\r\n" + json;
}

}  // namespace postern::upstream::oauth::test
