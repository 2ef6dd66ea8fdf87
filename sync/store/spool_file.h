#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace postern::store {

/// An unlinked file for what is too large to wait in memory: it has no name and goes with its
/// handle, whatever happens. Any one thread at a time. Failures are StoreFailures.
class SpoolFile {
 public:
  explicit SpoolFile(const std::filesystem::path& folder);
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;
  ~SpoolFile();

  void append(std::string_view octets);
  /// Fills all of `out`.
  void read(std::uint64_t offset, char* out, std::size_t count) const;

 private:
  int file_ = -1;
};

}  // namespace postern::store
