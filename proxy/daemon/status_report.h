#pragma once

#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>

#include "proxy/daemon/daemon.h"
#include "sync/engine/status.h"

namespace postern::daemon {

/// What `postern status --json` prints: docs/status.md describes it; changed only by adding.
/// The addresses of all faces and relays.
[[nodiscard]] nlohmann::json listening(const Daemon& daemon);
asio::awaitable<nlohmann::json> status_of(const Daemon& daemon);
/// Of the same what changes often and costs nothing to look at.
[[nodiscard]] nlohmann::json pulse_of(const Daemon& daemon);
/// The same for accounts that nobody works on: the stores are looked at, nothing is polled.
asio::awaitable<nlohmann::json> status_at_rest(
    const config::Config& config, std::vector<std::shared_ptr<AccountService>> accounts);

/// "wrong_password"
[[nodiscard]] const char* name_of(engine::SourceState state);
[[nodiscard]] nlohmann::json to_json(const engine::SourceStatus& status);
[[nodiscard]] engine::SourceStatus source_from_json(const nlohmann::json& json);

[[nodiscard]] nlohmann::json to_json(const engine::Schedule::Least& least);
[[nodiscard]] engine::Schedule::Least least_from_json(const nlohmann::json& json);
[[nodiscard]] nlohmann::json time_or_null(const std::optional<WallTime>& time);
[[nodiscard]] std::optional<WallTime> time_from(const nlohmann::json& json);

/// JSON on one line; words of peers that are no UTF-8 are replaced.
[[nodiscard]] std::string one_line(const nlohmann::json& json);

}  // namespace postern::daemon
