#pragma once

#include <filesystem>
#include <string_view>

namespace postern::store {

/// A database that is to take an account's place: empty at first, mode 0600, and gone with this
/// object unless it did. Failures are StoreFailures. One thread.
class NewFile {
 public:
  /// What an earlier attempt left under that name is removed.
  explicit NewFile(std::filesystem::path path);
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Puts it, synced, in the place of `file`. What was there is kept beside it, as "FILE.WHY-TIME";
  /// returns where, or nothing if there was none.
  ///
  /// A log tells not which file it belongs to. So the old file takes in what its log holds, and the
  /// log goes, before the new one comes in one step: whenever this ends, `file` is all of the old
  /// one, or the new one. A log with damage is kept beside the old file, too. `locked` if somebody
  /// else has the old file open so that its log cannot go; then all is as it was.
  [[nodiscard]] std::filesystem::path replace(const std::filesystem::path& file,
                                              std::string_view why) const;

 private:
  std::filesystem::path path_;
};

/// Copies the log beside `file`, as "FILE.log-TIME", and returns where; nothing if there is none.
/// Throws StoreFailure.
[[nodiscard]] std::filesystem::path keep_log_aside(const std::filesystem::path& file);

}  // namespace postern::store
