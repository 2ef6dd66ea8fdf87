#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace postern::net {

/// The host names that the first certificate of a PEM file is for, all and as they stand there:
/// "*.example.net", too; its addresses are none. Empty for a file without one. Blocks.
[[nodiscard]] std::vector<std::string> host_names_in(const std::filesystem::path& certificate);

}  // namespace postern::net
