#pragma once

#include <optional>
#include <string>

#include <asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>

#include "proxy/daemon/daemon.h"
#include "proxy/daemon/line_channel.h"
#include "sync/engine/login_loan.h"

namespace postern::daemon {

/// Logins that commands make beside the polls of the daemon: they obey the provider's limits as
/// polls do, and polls obey what they taught.
///
///   {"ask": "login", "account": "anna", "source": KEY}
///       -> {"answer": "granted", "history": {...}, "token": for OAuth}, and on the same connection
///          {"ended": {"ending": "success", "login_delay": 900}} or {"ended": null}: nobody was
///          asked -> {"done": true}
///       -> {"answer": "too_soon", "not_before": TIME, "least_pause": {...}} and the like
///   {"ask": "token", "account": "anna", "source": KEY}
///       the token alone, for another server than the source's: no limits, and nothing follows
///       -> {"answer": "granted", "token": TEXT} and the like
///   {"ask": "logged_in", "account": "anna", "source": KEY, "ended": {...}}
///       about a source that stands in the configuration, perhaps since a moment ago
///       -> {"done": true}
///
/// Network thread.
asio::awaitable<void> lend_login(LineChannel& channel, const Daemon& daemon,
                                 const nlohmann::json& question);
asio::awaitable<void> lend_token(LineChannel& channel, const Daemon& daemon,
                                 const nlohmann::json& question);
asio::awaitable<void> note_login(LineChannel& channel, const Daemon& daemon,
                                 const nlohmann::json& question);

/// The same without a command. The words for what stood in the way; empty: nothing did.
asio::awaitable<std::string> note_login(const Daemon& daemon, std::string account,
                                        std::string source_key, engine::LoginEnd end);

[[nodiscard]] nlohmann::json to_json(const engine::LoginLoan& loan);
/// Without the turn.
[[nodiscard]] engine::LoginLoan loan_from_json(const nlohmann::json& json);
[[nodiscard]] nlohmann::json to_json(const std::optional<engine::LoginEnd>& end);
[[nodiscard]] std::optional<engine::LoginEnd> login_end_from_json(const nlohmann::json& json);

}  // namespace postern::daemon
