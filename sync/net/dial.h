#pragma once

#include <cstdint>
#include <string>

#include <asio/awaitable.hpp>

#include "sync/net/stream.h"

namespace postern::net {

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
};

/// Resolves and connects, trying the addresses one after another with a staggered start (RFC 8305).
/// TCP_NODELAY is set. Name the endpoint before the call: GCC 12 destroys a braced one twice.
asio::awaitable<Stream> dial(Endpoint endpoint, Stream::Duration within);

/// A pause that ends early with Error(cancelled) when the task is cancelled.
asio::awaitable<void> pause(Stream::Duration duration);

}  // namespace postern::net
