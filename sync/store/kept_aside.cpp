#include "sync/store/kept_aside.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
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
#include "sync/store/file_octets.h"
#include "sync/store/log_scan.h"

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
    if (!fs::exists(wanted) && !fs::exists(with(wanted, "-wal"))) return wanted;
  }
}

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags)
      : fd_(::open(path.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, 0600)) {
    if (fd_ < 0) fail("open", path);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { ::close(fd_); }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

void write_at(const Descriptor& file, const fs::path& path, std::uint64_t offset,
              std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t put =
        ::pwrite(file.get(), octets.data(), octets.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) fail("write", path);
    octets.remove_prefix(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
}

void copy_octets(const fs::path& from, const fs::path& to) {
  const Descriptor source(from, O_RDONLY);
  const Descriptor target(to, O_WRONLY | O_CREAT | O_EXCL);
  constexpr std::size_t piece = 1024UL * 1024;
  for (std::uint64_t offset = 0;;) {
    const std::string octets = read_at(source.get(), offset, piece);
    if (octets.empty()) break;
    write_at(target, to, offset, octets);
    offset += octets.size();
  }
  if (::fsync(target.get()) != 0) fail("write", to);
}

/// What a checkpoint does, with a file that SQLite cannot open. Interrupted, it can be done again:
/// the log goes last.
void move_log_in(const fs::path& file) {
  const fs::path path = with(file, "-wal");
  const Descriptor log(path, O_RDWR);
  const LogScan scan = scan_log(log.get());
  const Descriptor target(file, O_RDWR);
  const std::string header = read_at(target.get(), 0, 18);
  const std::uint32_t told = number16(header, 16) == 1 ? 65536 : number16(header, 16);
  // Of another size of pages it is not the log of this file.
  if (scan.page_count != 0 &&
      (told == scan.page_octets || !header.starts_with("SQLite format 3"))) {
    for (const auto& [number, at] : scan.pages)
      write_at(target, file, std::uint64_t{number - 1} * scan.page_octets,
               read_at(log.get(), at, scan.page_octets));
    if (::ftruncate(target.get(),
                    static_cast<off_t>(std::uint64_t{scan.page_count} * scan.page_octets)) != 0 ||
        ::fsync(target.get()) != 0)
      fail("write", file);
  }
  if (::ftruncate(log.get(), 0) != 0 || ::fsync(log.get()) != 0) fail("write", path);
}

/// Which process is in the way, by its lock on the index of the log; for people.
std::string holder_of(const fs::path& file) {
  const int index = ::open(with(file, "-shm").c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (index < 0) return "another program";
  // Where SQLite has the locks of readers and writers there.
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = 120;
  lock.l_len = 8;
  const int result = ::fcntl(index, F_GETLK, &lock);
  ::close(index);
  if (result != 0 || lock.l_type == F_UNLCK) return "another program";
  return fmt::format("process {}", lock.l_pid);
}

/// Then the file alone is all there is. `aside` is where the file will be kept. Returns whether the
/// log was damaged.
bool take_log_in(const fs::path& file, const fs::path& aside) {
  const bool damaged_log = log_is_damaged(file);
  if (damaged_log) {
    copy_octets(with(file, "-wal"), with(aside, "-wal"));
    // Also what a later attempt saves of it has to be recognised as new, when this log is gone.
    const fs::path generation = file.parent_path() / "generation";
    if (::unlink(generation.c_str()) != 0 && errno != ENOENT) fail("remove", generation);
  }
  try {
    Database database(file);
    database.configure(Database::Access::write);
    database.checkpoint(Database::Checkpoint::truncate);
  } catch (const StoreFailure& failure) {
    if (failure.kind() != FailureKind::corrupt) throw;
    if (has_log(file)) {
      if (!damaged_log) copy_octets(with(file, "-wal"), with(aside, "-wal"));
      move_log_in(file);
    }
  }
  if (has_log(file))
    throw StoreFailure(FailureKind::locked,
                       fmt::format("{} is in use by {}", file.string(), holder_of(file)));
  // Before the new file comes: its log must have an index of its own.
  for (const char* suffix : {"-wal", "-shm"}) {
    if (::unlink(with(file, suffix).c_str()) != 0 && errno != ENOENT)
      fail("remove", with(file, suffix));
  }
  return damaged_log;
}

/// UIDs that the commits behind damage in a log gave are known to nobody here: the next opening
/// sees a copy (Generation), and gives new UIDVALIDITYs.
void mark_as_copied(const fs::path& file) {
  Database database(file);
  database.run("UPDATE account SET generation = max(generation, 1), generation_changed = 1");
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
  fs::path aside;
  if (fs::exists(file)) {
    aside = free_name(file, why);
    if (take_log_in(file, aside)) mark_as_copied(path_);
    if (::link(file.c_str(), aside.c_str()) != 0) fail("keep aside", file);
  }
  sync(path_, 0);
  sync(file.parent_path(), O_DIRECTORY);
  if (::rename(path_.c_str(), file.c_str()) != 0) {
    const int error = errno;
    if (!aside.empty()) ::unlink(aside.c_str());
    errno = error;
    fail("put in its place", path_);
  }
  sync(file.parent_path(), O_DIRECTORY);
  return aside;
}

fs::path keep_log_aside(const fs::path& file) {
  if (!has_log(file)) return {};
  fs::path aside = free_name(file, "log");
  copy_octets(with(file, "-wal"), aside);
  return aside;
}

}  // namespace postern::store
