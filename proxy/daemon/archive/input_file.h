#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

#include "sync/base/clock.h"
#include "sync/wire/mbox/reader.h"

namespace postern::daemon::archive {

/// A file of an archive that is read. Failures are thrown as FileTrouble. One thread at a time.
class InputFile final : public wire::mbox::Octets {
 public:
  explicit InputFile(std::filesystem::path path);
  /// nullopt if there is no such file any more.
  static std::optional<InputFile> find(const std::filesystem::path& path);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile() override;

  std::size_t read(std::uint64_t offset, char* out, std::size_t count) override;
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] WallTime modified() const { return modified_; }
  /// Somebody wrote to it since it was opened.
  [[nodiscard]] bool changed() const;

 private:
  InputFile(std::filesystem::path path, int file);
  void look();

  std::filesystem::path path_;
  int file_ = -1;
  std::uint64_t size_ = 0;
  WallTime modified_{};
};

/// A file that cannot be read or written. What a person is told.
class FileTrouble : public std::runtime_error {
 public:
  FileTrouble(const char* doing, const std::filesystem::path& path, int error);
  explicit FileTrouble(const std::string& what) : std::runtime_error(what) {}
};

}  // namespace postern::daemon::archive
