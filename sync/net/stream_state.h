#pragma once

#include <memory>
#include <optional>
#include <string>

#include <openssl/ssl.h>

#include <asio/error_code.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/ssl/error.hpp>
#include <asio/ssl/stream.hpp>
#include <asio/steady_timer.hpp>

#include "sync/net/stream.h"

namespace postern::net {

/// The inside of a Stream. One timer serves all its deadlines: it is armed when a wait starts that
/// ends before it would fire, and looks at what is still waiting when it fires. A connection that
/// is always busy within its deadlines arms it about once a deadline.
struct Stream::State : std::enable_shared_from_this<Stream::State> {
  using Time = std::chrono::steady_clock::time_point;

  enum class Side { reading, writing };
  struct Wait {
    std::optional<Time> deadline;  ///< set while an operation is under way
    bool passed = false;           ///< the watchdog ended it
  };

  /// TCP and Unix sockets alike.
  using Socket = asio::generic::stream_protocol::socket;
  using TlsLayer = asio::ssl::stream<Socket&>;

  explicit State(asio::ip::tcp::socket s);
  explicit State(asio::local::stream_protocol::socket s);

  void begin(Side side, Duration within);
  /// Ends the wait; throws the Error that `error` means, if it means one.
  void end(Side side, const asio::error_code& error, std::string_view doing);
  /// The same for a handshake; `refusal` says why the certificate was not accepted.
  void end_handshake(const asio::error_code& error, const std::string& refusal);
  void close() noexcept;

  Socket socket;
  bool loopback = false;
  std::string peer;
  std::string peer_address;
  std::unique_ptr<TlsLayer> tls;

 private:
  Wait& wait(Side side) { return side == Side::reading ? reading_ : writing_; }
  void watch();
  void look();
  [[noreturn]] void fail(const asio::error_code& error, std::string_view doing) const;

  asio::steady_timer timer_;
  std::optional<Time> armed_;
  Wait reading_;
  Wait writing_;
};

}  // namespace postern::net
