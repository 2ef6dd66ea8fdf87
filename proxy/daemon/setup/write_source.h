#pragma once

#include <expected>
#include <filesystem>
#include <string_view>

#include "proxy/daemon/setup/answers.h"
#include "sync/base/problem.h"
#include "sync/base/secret.h"

namespace postern::daemon::setup {

/// Adds the source to the configuration and puts its secrets into files of their own beside it: all
/// or nothing. `text` is what stands in the file; `account_password` is empty unless the account is
/// new. The file of that password.
[[nodiscard]] std::expected<std::filesystem::path, Problem> write_source(
    const std::filesystem::path& file, std::string_view text, const Answers& answers,
    const Secret& account_password);

}  // namespace postern::daemon::setup
