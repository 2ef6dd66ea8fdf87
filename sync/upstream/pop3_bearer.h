#pragma once

#include <asio/awaitable.hpp>

#include "sync/upstream/pop3_connection.h"
#include "sync/wire/pop3/capabilities.h"
#include "sync/wire/sasl/client.h"

namespace postern::upstream {

/// Logs in with an access token (RFC 5034, RFC 7628): OAUTHBEARER where it is offered, else
/// XOAUTH2, which works at servers that do not list it. The caller has made sure that the token may
/// go out on this connection.
///
/// The command goes out alone and the token follows on a line of its own: some servers know only
/// that form, and a token seldom fits a command line. A server that refuses the bare command gets
/// both on one line.
asio::awaitable<Answer<void>> pop3_bearer_login(Pop3Connection& connection,
                                                const wire::pop3::Capabilities& capabilities,
                                                wire::sasl::Credentials credentials,
                                                wire::sasl::Context context);

}  // namespace postern::upstream
