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

  /// Puts it, synced, in the place of `file`, of which nobody has anything open. What was there is
  /// kept beside it, as "FILE.WHY-TIME" with its log; returns where, or nothing if there was none.
  [[nodiscard]] std::filesystem::path replace(const std::filesystem::path& file,
                                              std::string_view why) const;

 private:
  std::filesystem::path path_;
};

}  // namespace postern::store
