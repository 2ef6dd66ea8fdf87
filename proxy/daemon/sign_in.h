#pragma once

#include <expected>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "sync/base/problem.h"
#include "sync/wire/oauth/answer.h"

namespace postern::daemon {

/// How a person signs in to a provider.
enum class SignInWay {
  device,   ///< with a code, in a browser anywhere (RFC 8628)
  browser,  ///< in a browser on this machine, which comes back to us (RFC 8252)
};

/// The way that fits: what the source has, and whether there is a screen here.
[[nodiscard]] SignInWay usual_way(const config::OAuth& oauth);

/// Tells the person on standard output what to do, and waits. Nothing secret is printed. Network
/// thread; blocks it while certificates and secrets are read, so it is for commands.
asio::awaitable<std::expected<wire::oauth::Grant, Problem>> sign_in(const config::Source& source,
                                                                    SignInWay way);

}  // namespace postern::daemon
