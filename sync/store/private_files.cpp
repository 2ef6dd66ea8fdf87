#include "sync/store/private_files.h"

#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/store/failure.h"

namespace postern::store {

namespace {

[[noreturn]] void fail(const std::string& doing, int error) {
  const FailureKind kind = error == ENOSPC || error == EDQUOT  ? FailureKind::disk_full
                           : error == EROFS || error == EACCES ? FailureKind::read_only
                                                               : FailureKind::io;
  throw StoreFailure(kind, doing + ": " + std::strerror(error));
}

}  // namespace

void make_private_folder(const std::filesystem::path& folder) {
  if (folder.has_parent_path() && folder != folder.parent_path() &&
      !std::filesystem::exists(folder.parent_path()))
    make_private_folder(folder.parent_path());
  if (::mkdir(folder.c_str(), 0700) == 0) {
    ::chmod(folder.c_str(), 0700);  // a umask can only have taken away
    return;
  }
  if (errno != EEXIST) fail("cannot create " + folder.string(), errno);
  struct stat found{};
  if (::stat(folder.c_str(), &found) != 0) fail("cannot use " + folder.string(), errno);
  if (!S_ISDIR(found.st_mode)) fail("cannot use " + folder.string(), ENOTDIR);
  if (found.st_uid != ::geteuid())
    throw StoreFailure(FailureKind::io, folder.string() + " belongs to another user");
  if ((found.st_mode & 0077) != 0 && ::chmod(folder.c_str(), 0700) != 0)
    fail("cannot make " + folder.string() + " private", errno);
}

FileLock::FileLock(const std::filesystem::path& file)
    : file_(::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)) {
  if (file_ < 0) fail("cannot open " + file.string(), errno);
  ::fchmod(file_, 0600);
  if (::flock(file_, LOCK_EX | LOCK_NB) == 0) return;
  const int error = errno;
  ::close(file_);
  if (error == EWOULDBLOCK)
    throw StoreFailure(FailureKind::locked, file.string() + " is held by a running postern");
  fail("cannot lock " + file.string(), error);
}

FileLock::~FileLock() {
  ::close(file_);
}

}  // namespace postern::store
