#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <string>

#include <asio/awaitable.hpp>

#include "sync/base/secret.h"
#include "sync/net/stream.h"
#include "sync/upstream/oauth/endpoint.h"
#include "sync/wire/oauth/answer.h"
#include "sync/wire/oauth/request.h"

namespace postern::upstream::oauth {

/// For one question and its answer.
inline constexpr std::chrono::seconds answer_time{30};

using Granted = std::expected<wire::oauth::Grant, wire::oauth::Error>;

/// Asks the token endpoint once; the form is one of wire/oauth/request.h. Throws net::Error.
asio::awaitable<Granted> ask_grant(const Endpoint& token, Secret form,
                                   net::Stream::Duration within = answer_time);

/// RFC 8628 section 3.1. Throws net::Error.
asio::awaitable<std::expected<wire::oauth::DeviceGrant, wire::oauth::Error>> ask_device(
    const Endpoint& device, wire::oauth::Client client);

/// RFC 8628 section 3.4: asks until the owner has decided or the time is over. Connections that are
/// lost meanwhile are tried again. `waiting` is called before each pause.
asio::awaitable<Granted> wait_for_device(const Endpoint& token, wire::oauth::Client client,
                                         wire::oauth::DeviceGrant device,
                                         std::function<void()> waiting);

/// A fresh Authorization for that redirect: 256 bits of chance each for state and verifier.
[[nodiscard]] wire::oauth::Authorization new_authorization(std::string redirect,
                                                           std::string login_hint);

}  // namespace postern::upstream::oauth
