#pragma once

#include <chrono>
#include <expected>
#include <stop_token>
#include <string>

#include "sync/base/problem.h"
#include "sync/base/secret.h"

namespace postern::config {

/// Runs a line by /bin/sh and gives the first line it prints. A command that fails, prints more
/// than a password or takes longer than `within` is an error, and so is one that `stop` ends;
/// nothing of it is left running. Blocks.
[[nodiscard]] std::expected<Secret, Problem> command_output(const std::string& line,
                                                            std::chrono::milliseconds within,
                                                            const std::stop_token& stop = {});

}  // namespace postern::config
