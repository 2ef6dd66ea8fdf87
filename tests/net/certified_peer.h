#pragma once

#include <openssl/ssl.h>

#include <string>

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read_until.hpp>
#include <asio/ssl/stream.hpp>
#include <asio/write.hpp>

#include "sync/net/issue.h"

namespace postern::net::test {

/// A client with TLS from the start that shows a certificate if it is asked for one, and waits for
/// what it wants. For servers that run on another thread.
class CertifiedPeer {
 public:
  CertifiedPeer(std::uint16_t port, const Identity& identity)
      : context_(SSL_CTX_new(TLS_client_method())), socket_(io_), tls_(socket_, session(identity)) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    tls_.handshake(asio::ssl::stream_base::client);
  }

  void send(const std::string& text) { asio::write(tls_, asio::buffer(text)); }
  /// Without its end; "<end>" if the connection is over.
  std::string line() {
    asio::error_code over;
    const std::size_t count = asio::read_until(tls_, asio::dynamic_buffer(buffer_), "\r\n", over);
    if (over) return "<end>";
    std::string text = buffer_.substr(0, count - 2);
    buffer_.erase(0, count);
    return text;
  }
  /// The last line of the answer to a command.
  std::string command(const std::string& text) {
    send(text + "\r\n");
    const std::string tag = text.substr(0, text.find(' ') + 1);
    std::string got = line();
    while (!got.starts_with(tag) && got != "<end>") got = line();
    return got;
  }

 private:
  SSL* session(const Identity& identity) {
    SSL_CTX_use_certificate(context_.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), identity.key.get());
    return SSL_new(context_.get());
  }

  asio::io_context io_;
  bssl::UniquePtr<SSL_CTX> context_;
  asio::ip::tcp::socket socket_;
  asio::ssl::stream<asio::ip::tcp::socket&> tls_;
  std::string buffer_;
};

}  // namespace postern::net::test
