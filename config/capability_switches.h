#pragma once

#include <string>

#include "config/capability.h"
#include "config/report.h"
#include "config/yaml_tree.h"

namespace postern::config {

/// The map `capabilities:`, each `NAME: on` or `NAME: off`; `path` is its own.
[[nodiscard]] Switches read_switches(Report& report, const Node& node, const std::string& path);

}  // namespace postern::config
