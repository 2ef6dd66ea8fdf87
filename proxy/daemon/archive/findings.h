#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "sync/store/verification.h"

namespace postern::daemon::archive {

/// What verifying `file` found, for programs:
///
///   {"account": "anna", "file": "...", "messages": 3, "octets": 1000, "well": false, "more": 0,
///    "findings": [{"kind": "octets", "mailbox": "INBOX", "uid": 7, "what": "..."}]}
[[nodiscard]] nlohmann::json to_json(const std::string& account, const std::filesystem::path& file,
                                     const store::Verified& verified);
/// The same as lines for people.
[[nodiscard]] std::string findings_text(const std::string& account,
                                        const store::Verified& verified);
/// Verifies with a progress bar and prints what was found. False if that is anything.
[[nodiscard]] bool verify_file(const std::string& account, const std::filesystem::path& file);

}  // namespace postern::daemon::archive
