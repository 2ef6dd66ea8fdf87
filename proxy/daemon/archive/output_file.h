#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "sync/base/clock.h"

namespace postern::daemon::archive {

/// What tells whether a file is still the one that was written.
struct Stamp {
  std::uint64_t octets = 0;
  std::int64_t modified = 0;  ///< nanoseconds since 1970
  friend bool operator==(const Stamp&, const Stamp&) = default;
};
/// All 0 if there is no such file.
[[nodiscard]] Stamp stamp_of(const std::filesystem::path& path);

/// Where an OutputFile for this place is until it is kept; a crash may leave it there.
[[nodiscard]] std::filesystem::path draft_of(const std::filesystem::path& target);

/// A file of mode 0600 that is written beside its place, as ".NAME.part", and gets there whole and
/// in one step. Without keep() nothing is left. Failures are thrown as FileTrouble. One thread at a
/// time.
///
/// Order: write() any number of times, finish(), keep().
class OutputFile {
 public:
  explicit OutputFile(std::filesystem::path target);
  /// The draft is at `draft`, on the same file system.
  OutputFile(std::filesystem::path target, std::filesystem::path draft);
  OutputFile(const OutputFile&) = delete;
  ~OutputFile();

  void write(std::string_view octets);
  enum class Durable { yes, no };
  /// All is written, and on the disk if it is to be.
  void finish(Durable durable);
  void set_modified(std::int64_t seconds);
  /// After finish(); the same once it is kept.
  [[nodiscard]] Stamp stamp() const { return stamp_of(draft_); }
  enum class Existing { refuse, replace };
  void keep(Existing existing);

 private:
  void flush();

  std::filesystem::path target_;
  std::filesystem::path draft_;
  int file_ = -1;
  std::string buffer_;
  bool kept_ = false;
};

/// What was made in the folder is on the disk. Throws FileTrouble.
void sync_folder(const std::filesystem::path& folder);
/// With its parents, mode 0700 for what is missing. Throws FileTrouble.
void make_folder(const std::filesystem::path& folder);

}  // namespace postern::daemon::archive
