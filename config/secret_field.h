#pragma once

#include <optional>

#include "config/fields.h"

namespace postern::config {

/// A password: `{file: ...}`, `{env: ...}`, `{command: ...}`, `{credential: ...}` or the text
/// itself.
[[nodiscard]] std::optional<SecretSource> read_secret_source(Report& report, Fields& fields,
                                                             std::string_view key);

}  // namespace postern::config
