#include "proxy/daemon/state_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>

#include <fmt/core.h>

namespace postern::daemon {
namespace {

namespace fs = std::filesystem;

std::unexpected<Problem> cannot(const char* what, const fs::path& path) {
  return std::unexpected(
      Problem{fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(errno)),
              "make sure that the user that runs postern owns the folder"});
}

/// As the XDG base directory specification wants it, whatever the umask.
void make_parents(const fs::path& path) {
  const fs::path parent = path.parent_path();
  std::error_code ignored;
  if (parent.empty() || parent == path || fs::exists(parent, ignored)) return;
  make_parents(parent);
  ::mkdir(parent.c_str(), 0700);
}

std::unexpected<Problem> refused(const fs::path& path, const std::string& why) {
  return std::unexpected(
      Problem{fmt::format("{} is not used: {}", path.string(), why),
              "mail is kept only in a folder that belongs to this user alone; name another one "
              "with `state:`, or correct its owner and mode"});
}

/// Nothing but a signal ends a wait for a lock; they are repeated in case one comes too early.
bool take(int lock, std::chrono::milliseconds patience) {
  if (::flock(lock, LOCK_EX | LOCK_NB) == 0) return true;
  if (patience.count() == 0) return false;
  const auto end = std::chrono::steady_clock::now() + patience;
  struct sigaction heard{};
  struct sigaction before{};
  heard.sa_handler = [](int) {};
  ::sigaction(SIGALRM, &heard, &before);
  constexpr timeval often{.tv_sec = 0, .tv_usec = 50'000};
  const itimerval alarms{.it_interval = often, .it_value = often};
  ::setitimer(ITIMER_REAL, &alarms, nullptr);
  bool taken = false;
  do {
    taken = ::flock(lock, LOCK_EX) == 0;
  } while (!taken && errno == EINTR && std::chrono::steady_clock::now() < end);
  const itimerval none{};
  ::setitimer(ITIMER_REAL, &none, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
  return taken;
}

}  // namespace

std::expected<void, Problem> private_folder(const fs::path& path) {
  make_parents(path);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return cannot("make", path);
  // Looked at through a descriptor, so that nobody can exchange it between question and use.
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ELOOP || errno == ENOTDIR)
      return refused(path, "it is no folder, or a symbolic link");
    return cannot("open", path);
  }
  struct stat facts{};
  struct stat above{};
  const bool known = ::fstat(fd, &facts) == 0 && ::fstatat(fd, "..", &above, 0) == 0;
  const bool ours = known && facts.st_uid == ::geteuid();
  const bool writable = (facts.st_mode & 022U) != 0;
  // Whoever may rename the folder may put another one in its place.
  const bool movable = (above.st_mode & S_IWOTH) != 0 && (above.st_mode & S_ISVTX) == 0;
  const bool closed = (facts.st_mode & 077U) == 0 || (ours && !writable && ::fchmod(fd, 0700) == 0);
  ::close(fd);
  if (!ours) return refused(path, "it belongs to another user");
  if (writable) return refused(path, "others may write to it");
  if (movable) return refused(path, "everybody may write to the folder that it is in");
  if (!closed) return cannot("change the mode of", path);
  return {};
}

std::expected<StateFolder, Problem> StateFolder::open(const fs::path& path,
                                                      std::chrono::milliseconds patience) {
  if (auto made = private_folder(path); !made) return std::unexpected(made.error());
  const fs::path file = path / "lock";
  const int lock =
      ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
  if (lock < 0)
    return errno == ELOOP ? refused(file, "it is a symbolic link") : cannot("open", file);
  StateFolder folder(path, lock);
  struct stat facts{};
  if (::fstat(lock, &facts) != 0) return cannot("look at", file);
  if (!S_ISREG(facts.st_mode) || facts.st_uid != ::geteuid()) {
    return refused(file, "it is no file of this user");
  }
  if (!take(lock, patience)) {
    return std::unexpected(Problem{
        fmt::format("another postern is already running on {}", path.string()),
        "stop it first (systemctl stop postern), or give this one a `state:` folder of its own"});
  }
  return folder;
}

StateFolder::StateFolder(StateFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

StateFolder::~StateFolder() {
  if (lock_ >= 0) ::close(lock_);
}

fs::path control_socket(const fs::path& state) {
  return state / "control.sock";
}

fs::path token_key_file(const fs::path& state) {
  return state / "token.key";
}

fs::path returned_passes_file(const fs::path& state) {
  return state / "page.returned";
}

fs::path account_folder(const fs::path& state, const std::string& account) {
  return state / "accounts" / account;
}

}  // namespace postern::daemon
