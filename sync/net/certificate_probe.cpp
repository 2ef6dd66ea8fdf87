#include "sync/net/certificate_probe.h"

#include <openssl/ssl.h>

#include <memory>
#include <utility>

#include <asio/experimental/as_tuple.hpp>
#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ssl/stream.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/net/certificate.h"
#include "sync/net/resolve.h"

namespace postern::net {
namespace {

using asio::experimental::as_tuple;
using asio::ip::tcp;

constexpr std::size_t longest_line = 4096;

/// Ends the connection when the time is over.
class Deadline {
 public:
  Deadline(const std::shared_ptr<tcp::socket>& socket, Stream::Duration within)
      : timer_(socket->get_executor(), within) {
    timer_.async_wait([socket](const asio::error_code& error) {
      asio::error_code ignored;
      if (!error) socket->close(ignored);
    });
  }

 private:
  asio::steady_timer timer_;
};

std::vector<CertificateFacts> chain_of(const SSL& session) {
  std::vector<CertificateFacts> chain;
  const STACK_OF(X509)* certificates = SSL_get_peer_cert_chain(&session);
  for (std::size_t i = 0; certificates != nullptr && i < sk_X509_num(certificates); ++i)
    chain.push_back(facts_of(*sk_X509_value(certificates, i)));
  return chain;
}

constexpr std::size_t most_lines = 128;

asio::awaitable<std::string> read_line(tcp::socket& socket) {
  std::string line;
  while (!line.ends_with('\n') && line.size() < longest_line) {
    char c = 0;
    const auto into = asio::buffer(&c, 1);
    const auto [error, count] =
        co_await socket.async_read_some(into, as_tuple(asio::use_awaitable));
    if (error) throw Error(ErrorKind::io, "the connection ended before TLS: " + error.message());
    line += c;
  }
  co_return line;
}

/// "250-" promises another line; what POP3 says has no "-" there.
asio::awaitable<void> read_reply(tcp::socket& socket) {
  for (std::size_t lines = 0; lines < most_lines; ++lines) {
    const std::string line = co_await read_line(socket);
    if (line.size() < 4 || line[3] != '-') co_return;
  }
}

asio::awaitable<void> open_tls(tcp::socket& socket, std::vector<std::string> commands) {
  co_await read_reply(socket);
  for (const std::string& command : commands) {
    const std::string line = command + "\r\n";
    const auto octets = asio::buffer(line);
    const auto [error, count] =
        co_await socket.async_write_some(octets, as_tuple(asio::use_awaitable));
    if (error) throw Error(ErrorKind::io, "the connection ended before TLS: " + error.message());
    co_await read_reply(socket);
  }
}

}  // namespace

asio::awaitable<std::vector<CertificateFacts>> probe_certificates(Endpoint server,
                                                                  std::vector<std::string> opening,
                                                                  Stream::Duration within) {
  const auto executor = co_await asio::this_coro::executor;
  const auto addresses = co_await resolve(server.host, within);
  const auto shared = std::make_shared<tcp::socket>(executor);
  tcp::socket& socket = *shared;
  const Deadline deadline(shared, within);
  asio::error_code failure = asio::error::host_unreachable;
  for (const auto& address : addresses) {
    const tcp::endpoint to(address, server.port);
    const auto [error] = co_await socket.async_connect(to, as_tuple(asio::use_awaitable));
    failure = error;
    if (!error) break;
    asio::error_code ignored;
    socket.close(ignored);
  }
  if (failure) throw Error(ErrorKind::connect, "cannot connect: " + failure.message());
  if (!opening.empty()) co_await open_tls(socket, std::move(opening));

  const bssl::UniquePtr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()));
  // Nothing is entrusted to this connection: it only shows what the server shows.
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  bssl::UniquePtr<SSL> session(SSL_new(context.get()));
  asio::error_code no_address;
  asio::ip::make_address(server.host, no_address);
  if (no_address) SSL_set_tlsext_host_name(session.get(), server.host.c_str());
  asio::ssl::stream<tcp::socket&> tls(socket, session.release());
  const auto [error] =
      co_await tls.async_handshake(asio::ssl::stream_base::client, as_tuple(asio::use_awaitable));
  co_return error ? std::vector<CertificateFacts>() : chain_of(*tls.native_handle());
}

}  // namespace postern::net
