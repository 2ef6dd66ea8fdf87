#pragma once

#include <stdexcept>
#include <string>

#include <asio/awaitable.hpp>

#include "proxy/relay/filter.h"
#include "proxy/relay/limits.h"
#include "proxy/relay/route.h"
#include "sync/net/stream.h"
#include "sync/upstream/pop3_connection.h"
#include "sync/upstream/smtp_connection.h"

namespace postern::relay {

/// The server did not come to TLS, or not to a connection. The text is for the person in front of
/// the program; what a server said before TLS is no part of it.
struct NoWayIn : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A connection over which octets of the program may go.
struct Opened {
  net::Stream stream;
  Greeted greeted;  ///< no: the server's own greeting is still to come
};

/// A relay waits as long for each answer.
[[nodiscard]] upstream::Pop3Deadlines pop3_deadlines(const Limits& limits);
[[nodiscard]] upstream::SmtpDeadlines smtp_deadlines(const Limits& limits);

/// Connects, and makes TLS if the route has it: from the start, or with the command of the protocol
/// (RFC 9051 section 6.2.1, RFC 2595 section 4, RFC 3207 section 4). Throws NoWayIn, or
/// Error(cancelled). Network thread.
asio::awaitable<Opened> open_upstream(Route route, Limits limits);

}  // namespace postern::relay
