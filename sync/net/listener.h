#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "sync/base/problem.h"
#include "sync/net/stream.h"

namespace postern::net {

/// A listening socket. Accepting pauses when file descriptors run out and goes on by itself.
/// Network thread.
class Listener {
 public:
  /// `address` is "127.0.0.1:1143" or "[::1]:1143"; port 0 takes a free one.
  static std::expected<Listener, Problem> open(asio::any_io_executor executor,
                                               const std::string& address);
  Listener(Listener&&) noexcept;
  Listener& operator=(Listener&&) noexcept;
  ~Listener();

  [[nodiscard]] std::uint16_t port() const;
  /// "127.0.0.1:1143", with the real port.
  [[nodiscard]] std::string address() const;
  asio::awaitable<Stream> accept();
  void close() noexcept;

 private:
  struct State;
  explicit Listener(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace postern::net
