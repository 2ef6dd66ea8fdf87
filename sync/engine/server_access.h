#pragma once

#include <expected>
#include <optional>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "sync/base/secret.h"
#include "sync/engine/explain.h"
#include "sync/net/tls.h"

namespace postern::engine {

/// What is needed before a server is asked.
struct ServerAccess {
  Secret password;                      ///< empty if none was wanted
  std::optional<net::TlsClient> trust;  ///< nullopt without TLS
};

/// Reads a password and what is trusted, where nobody waits: the password may come from a command.
/// The Trouble says what could not be read. Network thread.
asio::awaitable<std::expected<ServerAccess, Trouble>> server_access(
    std::optional<config::SecretSource> password, config::Tls tls, net::TlsTrust trust);

}  // namespace postern::engine
