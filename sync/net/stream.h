#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>

#include "sync/net/certificate_facts.h"
#include "sync/net/error.h"

namespace postern::net {

class TlsClient;
class TlsServer;

struct TlsFacts {
  std::string version;  ///< "TLSv1.3"
  std::string cipher;
};

/// Octets that both ends of one TLS connection know and nobody else (RFC 5056).
struct TlsBinding {
  std::string type;  ///< "tls-exporter", "tls-unique" or "tls-server-end-point"
  std::string data;
};

/// A TCP or Unix connection with an optional TLS layer, one of compression on it, and a deadline
/// for every wait. All failures are thrown as Error. One read and one write may be under way at a
/// time. After a read that ended with Error(timeout) a last word can still be written. An idle
/// Stream may keep its io_context running until its latest deadline has passed: let it go. Network
/// thread.
class Stream {
 public:
  using Duration = std::chrono::steady_clock::duration;
  struct State;  ///< the inside, for this folder

  explicit Stream(asio::ip::tcp::socket socket);
  explicit Stream(asio::local::stream_protocol::socket socket);
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  ~Stream();

  /// At least one octet. Error(closed) at the end; with TLS only after close_notify, else
  /// Error(truncated).
  asio::awaitable<std::size_t> read_some(std::span<char> into, Duration within);
  /// Waits until all was handed to the system; the deadline is one for progress: it starts anew
  /// with each octet accepted.
  asio::awaitable<void> write(std::string_view octets, Duration within);

  /// What is known of the other side, without waiting: whether it sends nothing more, or is gone. A
  /// side that closed its socket looks like one that only sends nothing more until something is
  /// written to it.
  enum class OtherSide : std::uint8_t { there, silent, gone };
  [[nodiscard]] OtherSide other_side() const;

  /// Adds the TLS layer. The caller has made sure that it holds no octets received before (STARTTLS
  /// injection).
  asio::awaitable<void> start_tls(const TlsClient& tls, Duration within);
  /// Whether a server asks the program for a certificate, which it may not have. Where it does,
  /// each connection begins anew: what an earlier one proved is taken over by none (RFC 8446
  /// section 2.2, RFC 5077).
  enum class ClientCertificate : std::uint8_t { not_asked, asked };
  asio::awaitable<void> start_tls(const TlsServer& tls, Duration within,
                                  ClientCertificate wanted = ClientCertificate::not_asked);
  [[nodiscard]] bool secure() const;
  [[nodiscard]] TlsFacts tls_facts() const;
  /// What ties a login to this connection, the best first: with TLS 1.3 "tls-exporter" (RFC 9266
  /// section 2); with TLS 1.2 "tls-unique" (RFC 5929 section 3) if the extended master secret makes
  /// it one (RFC 7627 section 6); then the server's certificate (RFC 5929 section 4.1), unless its
  /// signature names no hash. Nothing without TLS.
  [[nodiscard]] std::vector<TlsBinding> tls_bindings() const;

  /// Compresses all that is read and written from here on (DeflateLayer). The caller has made sure
  /// that it holds no octets received before. Once.
  void start_compression();
  [[nodiscard]] bool compressed() const;
  /// What the client showed where it was asked; nullopt if it showed nothing. Good for the stream's
  /// life.
  [[nodiscard]] const std::optional<ShownCertificate>& client_certificate() const;

  /// Sends close_notify if there is TLS, then ends the connection; waits at most a second and never
  /// throws.
  asio::awaitable<void> shutdown();
  /// Ends the connection at once; waits under way fail with Error(cancelled).
  void close() noexcept;
  /// The same, so that the other side sees a broken connection and no end of one: without
  /// close_notify, and with a reset of TCP.
  void abort() noexcept;

  /// Both ends are on this machine: 127/8, ::1, IPv4-mapped loopback, Unix sockets.
  [[nodiscard]] bool loopback() const;
  /// "192.0.2.1:4711", for logs.
  [[nodiscard]] std::string peer() const;
  [[nodiscard]] std::string peer_address() const;

 private:
  friend class Splicer;
  std::shared_ptr<State> state_;  ///< shared with the operations under way
};

}  // namespace postern::net
