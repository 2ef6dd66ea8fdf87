#pragma once

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "proxy/daemon/doctor/encounter.h"
#include "sync/upstream/credential.h"

namespace postern::daemon::doctor {

/// The same with a server for sending (RFC 5321, RFC 4954): from the connection over EHLO, before
/// TLS and behind it, to the login, EHLO again and QUIT; no message is begun. Network thread.
asio::awaitable<Encounter> meet(config::Outgoing server, upstream::Credential credential,
                                Depth depth);

}  // namespace postern::daemon::doctor
