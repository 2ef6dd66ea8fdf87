#include "config/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include <fmt/format.h>

namespace postern::config {
namespace {

Problem unreadable(const std::filesystem::path& path, int error) {
  return {fmt::format("{}: {}", path.string(), std::strerror(error)),
          error == ENOENT ? "create the file, or correct the path" : "check who may read it"};
}

std::optional<Problem> check_facts(const struct stat& facts, const std::filesystem::path& path,
                                   std::string_view what) {
  if (!S_ISREG(facts.st_mode)) {
    return Problem{fmt::format("{} is not a regular file", path.string()), "name a file"};
  }
  if ((facts.st_mode & 077U) != 0) {
    return Problem{fmt::format("{} can be read or changed by others (mode {:04o})", what,
                               facts.st_mode & 07777U),
                   fmt::format("type: chmod 600 {}", path.string())};
  }
  return std::nullopt;
}

class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& path)
      // Without O_NONBLOCK, opening a FIFO would wait for a writer.
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  OpenFile(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

std::optional<Problem> check_private(const std::filesystem::path& path, std::string_view what) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) == 0) return check_facts(facts, path, what);
  // What another user may read is for that user to find out.
  return errno == EACCES ? std::nullopt : std::optional(unreadable(path, errno));
}

std::expected<Secret, Problem> read_first_line(const std::filesystem::path& path, Mode mode) {
  const OpenFile file(path);
  struct stat facts{};
  if (file.fd() < 0 || ::fstat(file.fd(), &facts) != 0) {
    return std::unexpected(unreadable(path, errno));
  }
  if (mode == Mode::must_be_private) {
    if (auto problem = check_facts(facts, path, path.string())) return std::unexpected(*problem);
  }
  // Reserved in one piece, so that no copy of a secret stays behind in freed memory.
  std::string text(longest_secret + 1, '\0');
  const ssize_t count = ::read(file.fd(), text.data(), text.size());
  if (count < 0) return std::unexpected(unreadable(path, errno));
  text.resize(static_cast<std::size_t>(count));
  return take_first_line(text);
}

Secret take_first_line(std::string& text) {
  std::string_view line = std::string_view(text).substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  Secret secret{std::string(line)};
  wipe(text.data(), text.size());
  text.clear();
  return secret;
}

}  // namespace postern::config
