#pragma once

#include <filesystem>
#include <functional>

#include <nlohmann/json_fwd.hpp>

namespace postern::daemon {

enum class Asked {
  answered,
  nobody,  ///< no daemon runs on this state folder
  lost,    ///< it ended in the middle of its answer
};

/// Puts a question to the daemon (control_server.h) and hands over each line of its answer.
/// Blocks.
Asked ask_daemon(const std::filesystem::path& state, const nlohmann::json& question,
                 std::function<void(const nlohmann::json&)> on_line);

}  // namespace postern::daemon
