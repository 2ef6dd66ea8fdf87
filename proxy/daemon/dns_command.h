#pragma once

#include <filesystem>
#include <string>

namespace postern::daemon {

/// Prints the records by which programs find what is listened on from a mail address of `domain`,
/// for its zone (RFC 6186, RFC 8314 section 5.1). Before the daemon runs, too. An exit status.
int dns_command(const std::filesystem::path& config_file, const std::string& domain);

}  // namespace postern::daemon
