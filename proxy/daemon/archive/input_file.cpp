#include "proxy/daemon/archive/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace postern::daemon::archive {

FileTrouble::FileTrouble(const char* doing, const std::filesystem::path& path, int error)
    : std::runtime_error(
          fmt::format("cannot {} {}: {}", doing, path.string(), std::strerror(error))) {}

InputFile::InputFile(std::filesystem::path path, int file) : path_(std::move(path)), file_(file) {
  look();
}

InputFile::InputFile(std::filesystem::path path)
    : path_(std::move(path)), file_(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
  if (file_ < 0) throw FileTrouble("read", path_, errno);
  look();
}

std::optional<InputFile> InputFile::find(const std::filesystem::path& path) {
  // Nobody may ever write to a FIFO.
  const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) return std::nullopt;
  if (file < 0) throw FileTrouble("read", path, errno);
  return InputFile(path, file);
}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::exchange(other.file_, -1)),
      size_(other.size_),
      modified_(other.modified_) {}

InputFile::~InputFile() {
  if (file_ >= 0) ::close(file_);
}

void InputFile::look() {
  struct stat found{};
  if (::fstat(file_, &found) != 0) throw FileTrouble("read", path_, errno);
  // Messages are read more than once.
  if (!S_ISREG(found.st_mode)) throw FileTrouble(path_.string() + " is not a regular file");
  size_ = static_cast<std::uint64_t>(found.st_size);
  modified_ = WallTime(std::chrono::seconds(found.st_mtim.tv_sec));
}

bool InputFile::changed() const {
  struct stat found{};
  return ::fstat(file_, &found) == 0 &&
         (static_cast<std::uint64_t>(found.st_size) != size_ ||
          WallTime(std::chrono::seconds(found.st_mtim.tv_sec)) != modified_);
}

std::size_t InputFile::read(std::uint64_t offset, char* out, std::size_t count) {
  std::size_t filled = 0;
  while (filled < count) {
    const ssize_t got =
        ::pread(file_, out + filled, count - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw FileTrouble("read", path_, errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

}  // namespace postern::daemon::archive
