#include "proxy/daemon/archive/export_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "proxy/daemon/archive/import_folder.h"
#include "proxy/daemon/archive/input_file.h"

namespace postern::daemon::archive {

namespace {

namespace fs = std::filesystem;

bool is_at(int file, const fs::path& path) {
  struct stat opened{};
  struct stat there{};
  return ::fstat(file, &opened) == 0 && ::lstat(path.c_str(), &there) == 0 &&
         opened.st_dev == there.st_dev && opened.st_ino == there.st_ino;
}

}  // namespace

ExportLock::ExportLock(fs::path file) : file_(std::move(file)) {
  for (;;) {
    const int opened =
        ::open(file_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (opened < 0) throw FileTrouble("write", file_, errno);
    const bool taken = ::flock(opened, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (taken) {
      ::close(opened);
      throw FileTrouble(
          fmt::format("another export writes to {} just now; wait until it has ended, then run the "
                      "same command again",
                      fs::absolute(file_).parent_path().string()));
    }
    if (is_at(opened, file_)) {
      held_ = opened;
      return;
    }
    // Whoever held it took it away meanwhile.
    ::close(opened);
  }
}

ExportLock::~ExportLock() {
  // While it is locked: nobody else's is taken away.
  ::unlink(file_.c_str());
  ::close(held_);
}

fs::path lock_of_folder(const fs::path& folder) {
  return folder / (std::string(export_record) + ".lock");
}

fs::path lock_of_file(const fs::path& target) {
  return target.parent_path() / ("." + target.filename().string() + ".lock");
}

}  // namespace postern::daemon::archive
