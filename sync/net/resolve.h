#pragma once

#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/ip/address.hpp>

#include "sync/net/stream.h"

namespace postern::net {

/// The addresses of a host, in the order in which they are to be tried: families in turn (RFC 8305
/// section 4). A literal address needs no resolver. Error(resolve), Error(timeout).
///
/// Not Asio's resolver: that cannot be left before getaddrinfo comes back, and a name server that
/// does not answer would hold up our end for half a minute.
asio::awaitable<std::vector<asio::ip::address>> resolve(std::string host, Stream::Duration within);

}  // namespace postern::net
