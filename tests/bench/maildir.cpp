#include "tests/bench/maildir.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <string>
#include <system_error>

namespace postern::bench {

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

void deliver(const std::string& maildir) {
  // The process id alone may come around again.
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  const std::string name = std::to_string(now) + '.' + std::to_string(::getpid()) + ".bench";
  const std::string staged = maildir + "/tmp/" + name;
  const int file = ::open(staged.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) fail(staged);
  std::array<char, 64UL * 1024> buffer{};
  ssize_t count = 0;
  while ((count = ::read(STDIN_FILENO, buffer.data(), buffer.size())) > 0) {
    if (::write(file, buffer.data(), static_cast<std::size_t>(count)) != count) fail("write");
  }
  if (count < 0) fail("read");
  if (::fsync(file) != 0 || ::close(file) != 0) fail("fsync");
  if (::rename(staged.c_str(), (maildir + "/new/" + name).c_str()) != 0) fail("rename");
}

}  // namespace postern::bench
