#pragma once

#include <filesystem>
#include <functional>

#include <nlohmann/json_fwd.hpp>

#include "sync/base/problem.h"

namespace postern::daemon {

enum class Asked {
  answered,
  nobody,     ///< no daemon runs on this state folder
  forbidden,  ///< whether one runs is not for this user to know
  lost,       ///< it ended in the middle of its answer
};

/// What to tell a user who may not ask.
[[nodiscard]] Problem forbidden(const std::filesystem::path& state);

/// Puts a question to the daemon (control_server.h) and hands over each line of its answer.
/// Blocks.
Asked ask_daemon(const std::filesystem::path& state, const nlohmann::json& question,
                 std::function<void(const nlohmann::json&)> on_line);

}  // namespace postern::daemon
