#include "sync/store/kept_aside.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/base/clock.h"
#include "sync/store/database.h"
#include "sync/store/failure.h"

namespace postern::store {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(std::string_view doing, const fs::path& path) {
  const FailureKind kind = errno == ENOSPC || errno == EDQUOT  ? FailureKind::disk_full
                           : errno == EROFS || errno == EACCES ? FailureKind::read_only
                                                               : FailureKind::io;
  throw StoreFailure(kind,
                     fmt::format("cannot {} {}: {}", doing, path.string(), std::strerror(errno)));
}

void sync(const fs::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail("open", path);
  const int result = ::fsync(fd);
  ::close(fd);
  if (result != 0) fail("write", path);
}

fs::path with(const fs::path& file, std::string_view suffix) {
  return fs::path(file.string() + std::string(suffix));
}

void remove_with_journals(const fs::path& file) {
  std::error_code ignored;
  for (const char* suffix : {"", "-journal", "-wal", "-shm"})
    fs::remove(with(file, suffix), ignored);
}

fs::path free_name(const fs::path& file, std::string_view why) {
  const std::string name = fmt::format("{}.{}-{:%Y%m%dT%H%M%S}", file.string(), why, wall_now());
  for (int i = 1;; ++i) {
    const fs::path wanted = i == 1 ? name : fmt::format("{}-{}", name, i);
    if (!fs::exists(wanted)) return wanted;
  }
}

/// Then its log is empty, and the file alone is all there is.
void take_log_in(const fs::path& file) {
  try {
    Database database(file);
    database.checkpoint(Database::Checkpoint::truncate);
  } catch (const StoreFailure&) {
    // One that is damaged is kept with its log as it is.
  }
}

}  // namespace

NewFile::NewFile(fs::path path) : path_(std::move(path)) {
  remove_with_journals(path_);
  const int fd = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) fail("create", path_);
  ::fchmod(fd, 0600);
  ::close(fd);
}

NewFile::~NewFile() {
  remove_with_journals(path_);
}

fs::path NewFile::replace(const fs::path& file, std::string_view why) const {
  sync(path_, 0);
  fs::path aside;
  if (fs::exists(file)) {
    take_log_in(file);
    aside = free_name(file, why);
    if (::link(file.c_str(), aside.c_str()) != 0) fail("keep aside", file);
    const fs::path log = with(file, "-wal");
    if (fs::exists(log) && ::rename(log.c_str(), with(aside, "-wal").c_str()) != 0)
      fail("keep aside", log);
    std::error_code ignored;
    fs::remove(with(file, "-shm"), ignored);
  }
  sync(file.parent_path(), O_DIRECTORY);
  if (::rename(path_.c_str(), file.c_str()) != 0) fail("put in its place", path_);
  sync(file.parent_path(), O_DIRECTORY);
  return aside;
}

}  // namespace postern::store
