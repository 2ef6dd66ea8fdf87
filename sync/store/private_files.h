#pragma once

#include <filesystem>
#include <string_view>

namespace postern::store {

/// Makes the folder and what is missing above it, mode 0700 whatever the umask; tightens one of
/// ours that is open to others. Throws StoreFailure, also for a folder of another user.
void make_private_folder(const std::filesystem::path& folder);

/// Holds a file locked for as long as it lives, against other processes and this one; the kernel
/// lets go of it when the process ends, however it ends.
class FileLock {
 public:
  /// Makes the file (mode 0600) if there is none; one that is empty is made private. Throws
  /// StoreFailure: `locked` if somebody holds it, whom `holder` names; also if it is anything but a
  /// regular file of this user. What was there is as it was.
  explicit FileLock(const std::filesystem::path& file,
                    std::string_view holder = "a running postern");
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

  /// Takes the file from the reach of other users. Throws StoreFailure.
  void make_private() const;

 private:
  std::filesystem::path path_;
  int file_ = -1;
};

}  // namespace postern::store
