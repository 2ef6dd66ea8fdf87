#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "sync/store/verification.h"

namespace postern::daemon::archive {

/// What verifying `file` found, for programs:
///
///   {"account": "anna", "file": "...", "messages": 3, "octets": 1000, "well": false, "more": 0,
///    "earlier_release": false,
///    "findings": [{"kind": "octets", "mailbox": "INBOX", "uid": 7, "what": "..."}]}
[[nodiscard]] nlohmann::json to_json(const std::string& account, const std::filesystem::path& file,
                                     const store::Verified& verified);
/// The same as lines for people.
[[nodiscard]] std::string findings_text(const std::string& account,
                                        const store::Verified& verified);
/// Verifies with a progress bar and prints what was found. `not_checked`: that was not possible, as
/// with a file of a later release; it says nothing about damage.
enum class Checked : std::uint8_t { well, damaged, not_checked };
[[nodiscard]] Checked check_file(const std::string& account, const std::filesystem::path& file);

}  // namespace postern::daemon::archive
