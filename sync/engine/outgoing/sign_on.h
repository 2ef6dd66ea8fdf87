#pragma once

#include <cstdint>
#include <expected>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "sync/engine/access_tokens.h"
#include "sync/engine/explain.h"
#include "sync/upstream/smtp_session.h"

namespace postern::engine::outgoing {

/// How the login data of one server are had.
struct Credentials {
  config::SecretSource password;   ///< means nothing with `tokens`
  AccessTokens* tokens = nullptr;  ///< of a source with `oauth:`; outlives the sign-on
};

/// What went wrong on the way to a server that takes messages.
struct Unavailable {
  Trouble trouble;
  /// The server was not reached, or had to do with something else: the message can wait. Else it is
  /// the login, which somebody has to mend.
  enum class Kind : std::uint8_t { unreachable, refused } kind = Kind::unreachable;
};

/// Reads the secret, connects, logs in. What stands in the way is a value, whatever it is; only
/// net::Error(cancelled) and StoreFailure are thrown. `memory` outlives the session. Network
/// thread.
asio::awaitable<std::expected<upstream::SmtpSession, Unavailable>> sign_on(
    const config::Outgoing& server, Credentials credentials, upstream::LoginMemory& memory,
    upstream::SmtpDeadlines deadlines);

}  // namespace postern::engine::outgoing
