#pragma once

#include <optional>
#include <string_view>

#include "config/yaml_tree.h"

namespace postern::config {

/// Finds what the YAML library would accept or repair in silence: size, a byte order mark, control
/// characters, tabs as indentation, bad UTF-8.
[[nodiscard]] std::optional<FormMistake> check_text(std::string_view text);

}  // namespace postern::config
