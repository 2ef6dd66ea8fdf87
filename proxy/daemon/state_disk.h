#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace postern::daemon {

/// What is to be feared for mail on a file system of this kind (statfs(2), `f_type`); empty:
/// nothing.
[[nodiscard]] std::string doubts_about(std::uint32_t kind);
/// The same about the one that holds a folder, as a sentence for the log; nullopt: nothing.
[[nodiscard]] std::optional<std::string> doubts_about_disk(const std::filesystem::path& folder);

}  // namespace postern::daemon
