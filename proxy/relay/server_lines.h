#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include <asio/awaitable.hpp>

#include "proxy/relay/limits.h"
#include "sync/base/secret.h"
#include "sync/net/stream.h"
#include "sync/wire/line_framer.h"

namespace postern::relay {

/// What a server says and is asked, line by line, while a relay still talks for itself. All of it
/// has to come in the time for an answer, and in a bounded number of lines; more throws NoWayIn. A
/// lost connection is thrown as net::Error. The stream outlives it. Network thread.
class ServerLines {
 public:
  ServerLines(net::Stream& stream, const Limits& limits);

  /// Without its end.
  asio::awaitable<std::string> line();
  asio::awaitable<void> send(std::string octets);
  /// One line: these octets, the secret, CRLF.
  asio::awaitable<void> send_secret(std::string before, Secret secret);
  /// What came and was not asked for yet; good until the next call of line().
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  using Clock = std::chrono::steady_clock;

  asio::awaitable<void> fill();

  net::Stream& stream_;
  Limits::Duration answer_;
  Clock::time_point end_;
  wire::LineFramer framer_;
  std::array<char, 2048> buffer_{};
  std::string_view rest_;
  std::size_t lines_ = 0;
};

}  // namespace postern::relay
