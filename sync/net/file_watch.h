#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <span>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "sync/base/problem.h"

namespace postern::net {

/// Tells that files may have changed (inotify(7)), however they are replaced: written in place,
/// renamed, or by another target of a symbolic link. Network thread.
class FileWatch {
 public:
  /// Files that belong together change one after the other: it is told once nothing has happened
  /// for `quiet`, or `most` after the first change.
  struct Patience {
    std::chrono::milliseconds quiet{2000};
    std::chrono::milliseconds most{10000};
  };
  static std::expected<FileWatch, Problem> open(const asio::any_io_executor& executor,
                                                Patience patience);
  FileWatch(FileWatch&&) = default;
  /// Watches for these, too; what is watched already is free. Folders that are not there are left
  /// out.
  void follow(std::span<const std::filesystem::path> files);

  /// Waits until something happened in their folders. Cancellation is thrown.
  asio::awaitable<void> change();

 private:
  FileWatch(const asio::any_io_executor& executor, int descriptor, Patience patience);
  enum class News : std::uint8_t { none, some };
  [[nodiscard]] News read_all();

  asio::posix::stream_descriptor descriptor_;
  Patience patience_;
};

}  // namespace postern::net
