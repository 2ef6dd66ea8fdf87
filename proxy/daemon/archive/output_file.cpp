#include "proxy/daemon/archive/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "proxy/daemon/archive/input_file.h"

namespace postern::daemon::archive {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t buffer_octets = 256UL * 1024;

}  // namespace

Stamp stamp_of(const fs::path& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) return {};
  return {static_cast<std::uint64_t>(found.st_size),
          found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec};
}

fs::path draft_of(const fs::path& target) {
  return target.parent_path() / ("." + target.filename().string() + ".part");
}

OutputFile::OutputFile(fs::path target) : OutputFile(target, draft_of(target)) {}

OutputFile::OutputFile(fs::path target, fs::path draft)
    : target_(std::move(target)), draft_(std::move(draft)) {
  // One that was left behind by a run that was ended.
  ::unlink(draft_.c_str());
  file_ = ::open(draft_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file_ < 0) throw FileTrouble("write", draft_, errno);
}

OutputFile::~OutputFile() {
  if (file_ >= 0) ::close(file_);
  if (!kept_) ::unlink(draft_.c_str());
}

void OutputFile::write(std::string_view octets) {
  buffer_ += octets;
  if (buffer_.size() >= buffer_octets) flush();
}

void OutputFile::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t count = ::write(file_, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw FileTrouble("write", target_, errno);
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  buffer_.clear();
}

void OutputFile::finish(Durable durable) {
  flush();
  if (durable == Durable::yes && ::fsync(file_) != 0) throw FileTrouble("write", target_, errno);
  const int result = ::close(std::exchange(file_, -1));
  if (result != 0) throw FileTrouble("write", target_, errno);
}

void OutputFile::set_modified(std::int64_t seconds) {
  const std::array<timespec, 2> times = {timespec{.tv_sec = seconds, .tv_nsec = 0},
                                         timespec{.tv_sec = seconds, .tv_nsec = 0}};
  if (::utimensat(AT_FDCWD, draft_.c_str(), times.data(), 0) != 0)
    throw FileTrouble("set the date of", target_, errno);
}

void OutputFile::keep(Existing existing) {
  if (existing == Existing::refuse) {
    // A link does not take the place of what is there; not all file systems have them.
    if (::link(draft_.c_str(), target_.c_str()) == 0) {
      ::unlink(draft_.c_str());
      kept_ = true;
      return;
    }
    struct stat found{};
    if (errno == EEXIST || ::lstat(target_.c_str(), &found) == 0)
      throw FileTrouble("write", target_, EEXIST);
  }
  if (::rename(draft_.c_str(), target_.c_str()) != 0) throw FileTrouble("write", target_, errno);
  kept_ = true;
}

void sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) throw FileTrouble("write to", folder, errno);
  const bool synced = ::syncfs(fd) == 0;
  const int error = errno;
  ::close(fd);
  if (!synced) throw FileTrouble("write to", folder, error);
}

void make_folder(const fs::path& folder) {
  if (folder.empty() || ::access(folder.c_str(), F_OK) == 0) return;
  make_folder(folder.parent_path());
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    throw FileTrouble("make the folder", folder, errno);
}

}  // namespace postern::daemon::archive
