#pragma once

#include <cstdint>
#include <filesystem>
#include <unordered_map>

namespace postern::store {

/// What a write-ahead log holds (https://sqlite.org/fileformat2.html section 4).
struct LogScan {
  /// Of the frames that count: those up to the last commit of which all checksums are right. Page
  /// to where its last content lies in the log.
  std::unordered_map<std::uint32_t, std::uint64_t> pages;
  std::uint32_t page_octets = 0;  ///< 0: it has no header that is right
  std::uint32_t page_count = 0;   ///< of the database after the last of these commits; 0: none
  /// Behind a frame with a wrong checksum lie commits that were on the disk: more of the same log
  /// follows them, and a commit is synced before the next one is written. SQLite takes such a log
  /// for one that ends there. What a crash leaves behind at the end of a log never looks like this.
  bool commits_cut_off = false;
};

/// `log` is open for reading.
[[nodiscard]] LogScan scan_log(int log);

/// Whether the log beside the database `file` has LogScan::commits_cut_off. Only reads; may run
/// beside a writer.
[[nodiscard]] bool log_is_damaged(const std::filesystem::path& file);
/// Whether there is a log beside the database `file` that holds anything.
[[nodiscard]] bool has_log(const std::filesystem::path& file);

}  // namespace postern::store
