#pragma once

#include <memory>
#include <optional>
#include <string>

#include <openssl/ssl.h>

#include <asio/awaitable.hpp>
#include <asio/error.hpp>
#include <asio/error_code.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <asio/ssl/error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/net/deflate_layer.h"
#include "sync/net/stream.h"
#include "sync/net/tls_layer.h"

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

  explicit State(asio::ip::tcp::socket s);
  explicit State(asio::local::stream_protocol::socket s);

  void begin(Side side, Duration within);
  /// Ends the wait; throws the Error that `error` means, if it means one.
  void end(Side side, const asio::error_code& error, std::string_view doing);
  /// The same for a handshake; `refusal` says why the certificate was not accepted.
  void end_handshake(const asio::error_code& error, const std::string& refusal);
  void close() noexcept;
  /// As Stream::read_some and write, but for compression. The state outlives them.
  asio::awaitable<std::size_t> receive(std::span<char> into, Duration within);
  asio::awaitable<void> send(std::string_view octets, Duration within);
  asio::awaitable<std::size_t> receive_compressed(std::span<char> into, Duration within);
  void add_tls(bssl::UniquePtr<SSL> session, TlsLayer::Role role);
  /// Repeats a step until it is done; others get their turn in between in any case.
  template <class Next>
  asio::awaitable<TlsLayer::Step> complete(Next next);

  Socket socket;
  bool loopback = false;
  std::string peer;
  std::string peer_address;
  std::optional<ShownCertificate> client_certificate;
  std::unique_ptr<TlsLayer> tls;
  std::unique_ptr<DeflateLayer> deflate;

  /// A read is under way, perhaps for long.
  [[nodiscard]] bool reads() const { return reading_.deadline.has_value(); }

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

template <class Next>
asio::awaitable<TlsLayer::Step> Stream::State::complete(Next next) {
  constexpr auto as_tuple = asio::experimental::as_tuple(asio::use_awaitable);
  TlsLayer::Step step = next();
  if (step.wants == TlsLayer::Wants::nothing) co_await asio::post(socket.get_executor(), as_tuple);
  while (step.wants != TlsLayer::Wants::nothing) {
    const auto [error] = co_await socket.async_wait(
        step.wants == TlsLayer::Wants::reading ? Socket::wait_read : Socket::wait_write, as_tuple);
    if (error) co_return TlsLayer::Step{TlsLayer::Wants::nothing, 0, error};
    // Its number may be another socket's by now.
    if (!socket.is_open())
      co_return TlsLayer::Step{TlsLayer::Wants::nothing, 0, asio::error::operation_aborted};
    step = next();
  }
  co_return step;
}

}  // namespace postern::net
