#pragma once

#include <string>

#include <asio/awaitable.hpp>

#include "proxy/relay/limits.h"
#include "proxy/relay/opening.h"
#include "sync/upstream/login.h"

namespace postern::relay {

/// Logs in at an IMAP or POP3 server in the strongest way that both sides have, or with a token
/// (XOAUTH2, OAUTHBEARER). The octets that the server sent behind its last answer come back, for
/// the program. A refusal is a value, without
/// the credential if the server repeated it; NoWayIn or net::Error is a lost conversation. The
/// credential goes out only where TLS is up or the server is on this machine. Network thread.
asio::awaitable<upstream::Answer<std::string>> sign_in(Opened& server, Protocol protocol,
                                                       upstream::LoginRequest request,
                                                       Limits limits);

}  // namespace postern::relay
