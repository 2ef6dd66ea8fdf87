#include "sync/store/spool_file.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "sync/store/failure.h"

namespace postern::store {

namespace {

[[noreturn]] void fail(const std::string& doing, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  throw StoreFailure(full             ? FailureKind::disk_full
                     : error == EROFS ? FailureKind::read_only
                                      : FailureKind::io,
                     doing + ": " + std::strerror(error));
}

/// Not O_TMPFILE, which network and stacked file systems do not have.
int open_nameless(const std::filesystem::path& folder) {
  std::string name = (folder / "spool-XXXXXX").string();
  const int file = ::mkostemp(name.data(), O_CLOEXEC);
  if (file >= 0) ::unlink(name.c_str());
  return file;
}

}  // namespace

SpoolFile::SpoolFile(const std::filesystem::path& folder) : file_(open_nameless(folder)) {
  if (file_ < 0) fail("cannot spool in " + folder.string(), errno);
}

SpoolFile::~SpoolFile() {
  ::close(file_);
}

void SpoolFile::append(std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t written = ::write(file_, octets.data(), octets.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("cannot write to the spool", errno);
    }
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
}

void SpoolFile::read(std::uint64_t offset, char* out, std::size_t count) const {
  while (count != 0) {
    const ssize_t got = ::pread(file_, out, count, static_cast<off_t>(offset));
    if (got < 0) {
      if (errno == EINTR) continue;
      fail("cannot read from the spool", errno);
    }
    if (got == 0) throw StoreFailure(FailureKind::io, "the spool is shorter than what was written");
    out += got;
    count -= static_cast<std::size_t>(got);
    offset += static_cast<std::uint64_t>(got);
  }
}

}  // namespace postern::store
