#pragma once

#include <string>

#include <asio/awaitable.hpp>

#include "sync/base/secret.h"
#include "sync/upstream/pop3_connection.h"
#include "sync/wire/pop3/capabilities.h"

namespace postern::upstream {

/// Logs in with the first mechanism of a table, strongest first, that the server offers. The caller
/// has made sure that the password may go out on this connection.
asio::awaitable<Answer<void>> pop3_login(Pop3Connection& connection,
                                         const wire::pop3::Capabilities& capabilities,
                                         std::string user, Secret password);

}  // namespace postern::upstream
