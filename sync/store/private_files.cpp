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

FileLock::FileLock(const std::filesystem::path& file, std::string_view holder)
    : path_(file),
      // A pipe or a device is not waited for.
      file_(::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                   0600)) {
  if (file_ < 0 && errno == ELOOP)
    throw StoreFailure(FailureKind::io, file.string() + " is a symbolic link");
  if (file_ < 0) fail("cannot open " + file.string(), errno);
  try {
    struct stat found{};
    if (::fstat(file_, &found) != 0) fail("cannot use " + file.string(), errno);
    if (!S_ISREG(found.st_mode) || found.st_uid != ::geteuid())
      throw StoreFailure(FailureKind::io, file.string() + " is not a regular file of this user");
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK)
        throw StoreFailure(FailureKind::locked,
                           file.string() + " is held by " + std::string(holder));
      fail("cannot lock " + file.string(), errno);
    }
    if (found.st_size == 0) make_private();
  } catch (const StoreFailure&) {
    ::close(file_);
    throw;
  }
}

void FileLock::make_private() const {
  if (::fchmod(file_, 0600) != 0) fail("cannot make " + path_.string() + " private", errno);
}

FileLock::~FileLock() {
  ::close(file_);
}

}  // namespace postern::store
