#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "proxy/daemon/terminal.h"

namespace postern::daemon {

/// The status for people.
[[nodiscard]] std::string status_text(const nlohmann::json& status, Output output);

}  // namespace postern::daemon
