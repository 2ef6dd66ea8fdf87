#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string_view>

#include "sync/base/problem.h"
#include "sync/base/secret.h"

namespace postern::config {

/// A file that holds a secret must be its owner's alone. None: it is, or this user may not
/// even look. `what` begins the sentence about it.
[[nodiscard]] std::optional<Problem> check_private(const std::filesystem::path& path,
                                                   std::string_view what);

enum class Mode { must_be_private, any };

/// The first line of a file without its line end.
[[nodiscard]] std::expected<Secret, Problem> read_first_line(const std::filesystem::path& path,
                                                             Mode mode);

/// The first line of `text`, which is overwritten.
[[nodiscard]] Secret take_first_line(std::string& text);

/// More than any password; what is longer is not one.
inline constexpr std::size_t longest_secret = 16 * 1024;

}  // namespace postern::config
