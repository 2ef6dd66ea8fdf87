#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include <asio/awaitable.hpp>

#include "sync/net/dial.h"
#include "sync/net/error.h"
#include "sync/net/stream.h"
#include "sync/net/tls.h"
#include "tests/imap/served.h"

namespace postern::imap::test {

/// A client that speaks TLS and COMPRESS, on the server's own network thread.
class Peer {
 public:
  Peer(Served& served, std::uint16_t port) : served_(served) { on(connect(port)); }

  void send(const std::string& text) { on(write(text)); }
  /// The next line; "<end>" if the connection is over.
  std::string line() { return on(read_line()); }
  std::string command(const std::string& text) {
    send(text + "\r\n");
    const std::string tag = text.substr(0, text.find(' ') + 1);
    std::string got;
    do {
      got = line();
      if (got.starts_with("* CAPABILITY")) capabilities = got;
    } while (!got.starts_with(tag) && got != "<end>");
    return got;
  }
  /// False if the handshake failed.
  bool start_tls() { return on(handshake()); }
  /// From here on; by means of the server's own layer (tests/e2e/test_compress.py has another one).
  void start_compression() {
    served_.on_network([this] { stream_->start_compression(); });
  }

  std::string capabilities;

 private:
  static constexpr std::chrono::seconds patience{20};

  template <class T>
  T on(asio::awaitable<T> work) {
    return asio::co_spawn(served_.io(), std::move(work), asio::use_future).get();
  }
  asio::awaitable<void> connect(std::uint16_t port) {
    net::Endpoint here;
    here.host = "127.0.0.1";
    here.port = port;
    stream_.emplace(co_await net::dial(here, patience));
  }
  asio::awaitable<void> write(std::string text) { co_await stream_->write(text, patience); }
  asio::awaitable<std::string> read_line() {
    std::size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n")) == std::string::npos) {
      std::string piece(4096, '\0');
      bool over = false;
      try {
        piece.resize(co_await stream_->read_some(piece, patience));
      } catch (const net::Error&) {
        over = true;
      }
      if (over) co_return "<end>";
      buffer_ += piece;
    }
    std::string text = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    co_return text;
  }
  asio::awaitable<bool> handshake() {
    net::TlsTrust trust;
    trust.host = "127.0.0.1";
    trust.pin = served_.fingerprint();
    const auto tls = net::TlsClient::make(trust);
    if (!tls) throw std::runtime_error(tls.error().text());
    try {
      co_await stream_->start_tls(*tls, patience);
    } catch (const net::Error&) {
      co_return false;
    }
    co_return true;
  }

  Served& served_;
  std::string buffer_;
  std::optional<net::Stream> stream_;
};

}  // namespace postern::imap::test
