#pragma once

#include <filesystem>

namespace postern::store {

/// Makes the folder and what is missing above it, mode 0700 whatever the umask; tightens one of
/// ours that is open to others. Throws StoreFailure, also for a folder of another user.
void make_private_folder(const std::filesystem::path& folder);

/// Holds a file locked for as long as it lives, against other processes and this one; the kernel
/// lets go of it when the process ends, however it ends.
class FileLock {
 public:
  /// Throws StoreFailure: `locked` if somebody holds it.
  explicit FileLock(const std::filesystem::path& file);
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  int file_ = -1;
};

}  // namespace postern::store
