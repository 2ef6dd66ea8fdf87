#pragma once

#include <chrono>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/ip/address.hpp>

#include "sync/net/dial.h"

namespace postern::net {

/// The part of dial() behind the look-up: the first of these addresses that takes the connection,
/// each tried when the one before has failed or has not answered for a while (RFC 8305 section 5).
/// `endpoint` names the host in errors. Network thread.
asio::awaitable<Stream> connect_to_any(std::vector<asio::ip::address> addresses, Endpoint endpoint,
                                       std::chrono::steady_clock::time_point deadline);

}  // namespace postern::net
