#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>

#include "sync/net/stream.h"

namespace postern::daemon {

/// JSON values, one on a line, in both directions: how commands talk to the daemon. Octets may
/// follow a line that says how many.
class LineChannel {
 public:
  explicit LineChannel(net::Stream stream) : stream_(std::move(stream)) {}

  asio::awaitable<void> send(const nlohmann::json& value);
  /// nullopt at the end, and for what is no JSON or longer than 16 MiB. Throws net::Error.
  asio::awaitable<std::optional<nlohmann::json>> receive(net::Stream::Duration within);
  /// Octets that the line before announced. Throws net::Error.
  asio::awaitable<void> send_octets(std::string_view octets);
  /// The next `count` octets. Throws net::Error, also when the other end is gone before the last.
  asio::awaitable<std::string> receive_octets(std::size_t count, net::Stream::Duration within);
  void close() noexcept { stream_.close(); }

 private:
  net::Stream stream_;
  std::string unread_;
};

}  // namespace postern::daemon
