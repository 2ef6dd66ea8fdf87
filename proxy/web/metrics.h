#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace postern::web {

/// The status in the text format of Prometheus (version 0.0.4). Labels name accounts, and sources
/// by their place in the configuration: no address, user name or host. Pure.
[[nodiscard]] std::string metrics_text(const nlohmann::json& status);

}  // namespace postern::web
