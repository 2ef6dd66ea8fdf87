#pragma once

#include <asio/awaitable.hpp>

#include "sync/upstream/pop3_connection.h"
#include "sync/wire/pop3/capabilities.h"

namespace postern::upstream {

/// CAPA (RFC 2449 section 5). A server without it is an old one, not a broken one: nothing is known
/// of it. Network thread.
asio::awaitable<Answer<wire::pop3::Capabilities>> ask_capabilities(Pop3Connection& connection);

/// The answer to a CAPA that was sent with other commands.
asio::awaitable<Answer<wire::pop3::Capabilities>> read_capabilities(Pop3Connection& connection);

}  // namespace postern::upstream
