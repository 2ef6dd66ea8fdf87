#pragma once

#include <expected>
#include <stop_token>

#include "config/config.h"
#include "sync/base/problem.h"
#include "sync/base/secret.h"

namespace postern::config {

/// Reads a secret from where the operator said it is. May block for as long as a command takes (at
/// most 30 s, or until `stop` ends it): not for the network thread.
[[nodiscard]] std::expected<Secret, Problem> read_secret(const SecretSource& source,
                                                         const std::stop_token& stop = {});

}  // namespace postern::config
