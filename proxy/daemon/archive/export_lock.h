#pragma once

#include <filesystem>

namespace postern::daemon::archive {

/// Keeps a second export out of the place that one writes to: the kernel's lock (flock) on a file
/// beside it, so that nothing is held any more by an export that was killed. Where the file system
/// has no locks nothing is locked. One thread at a time.
class ExportLock {
 public:
  /// Makes the file, in a folder that is there. Throws FileTrouble if another export holds it.
  explicit ExportLock(std::filesystem::path file);
  ExportLock(const ExportLock&) = delete;
  /// Takes the file away.
  ~ExportLock();

 private:
  std::filesystem::path file_;
  int held_ = -1;
};

/// Of an export that fills a folder, and of one that writes a single file.
[[nodiscard]] std::filesystem::path lock_of_folder(const std::filesystem::path& folder);
[[nodiscard]] std::filesystem::path lock_of_file(const std::filesystem::path& target);

}  // namespace postern::daemon::archive
