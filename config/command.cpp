#include "config/command.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <system_error>

#include <fmt/format.h>

#include "config/private_file.h"

namespace postern::config {
namespace {

using Clock = std::chrono::steady_clock;

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  ~Fd() { reset(); }
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

/// A shell of its own process group, which ends with this object at the latest.
class Shell {
 public:
  Shell(const std::string& line, int output) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    // What the daemon ignores or blocks is no business of the command.
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    sigaddset(&signals, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &signals);

    std::string shell = "sh";
    std::string option = "-c";
    std::string text = line;
    const std::array<char*, 4> arguments = {shell.data(), option.data(), text.data(), nullptr};
    error_ = posix_spawn(&pid_, "/bin/sh", &actions, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }
  Shell(const Shell&) = delete;
  ~Shell() {
    if (error_ != 0 || reaped_) return;
    ::kill(-pid_, SIGKILL);
    wait();
  }

  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    return status;
  }

 private:
  pid_t pid_ = 0;
  int error_ = 0;
  bool reaped_ = false;
};

enum class Reading { went_on, ended, too_much };

/// Takes what is there without waiting.
Reading read_some(int fd, std::string& into) {
  std::array<char, 4096> buffer;
  const ssize_t count = ::read(fd, buffer.data(), buffer.size());
  if (count < 0) return errno == EAGAIN || errno == EINTR ? Reading::went_on : Reading::ended;
  into.append(buffer.data(), static_cast<std::size_t>(count));
  wipe(buffer.data(), buffer.size());
  if (into.size() > longest_secret) return Reading::too_much;
  return count == 0 ? Reading::ended : Reading::went_on;
}

Problem failed(std::string what) {
  return {"the password command " + std::move(what),
          "run it by hand as the user of the daemon; its first line must be the password"};
}

/// What poll() can wait for: somebody asks to stop.
class Stopped {
 public:
  explicit Stopped(const std::stop_token& stop)
      : event_(::eventfd(0, EFD_CLOEXEC)), callback_(stop, [this] { ::eventfd_write(get(), 1); }) {}
  [[nodiscard]] int get() const { return event_.get(); }

 private:
  Fd event_;
  std::stop_callback<std::function<void()>> callback_;
};

/// Until the shell has ended and all it wrote is here.
std::expected<void, Problem> collect(const Fd& output, const Fd& process, const Stopped& stopped,
                                     Clock::time_point end, std::string& text) {
  for (bool more = true;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    std::array<pollfd, 3> waits = {pollfd{process.get(), POLLIN, 0},
                                   pollfd{more ? output.get() : -1, POLLIN, 0},
                                   pollfd{stopped.get(), POLLIN, 0}};
    if (left <= 0 || ::poll(waits.data(), waits.size(), static_cast<int>(left)) == 0) {
      return std::unexpected(failed("took too long"));
    }
    if (waits[2].revents != 0) return std::unexpected(failed("was not waited for: the end came"));
    if (waits[1].revents != 0) {
      const Reading reading = read_some(output.get(), text);
      if (reading == Reading::too_much) return std::unexpected(failed("printed too much"));
      if (reading == Reading::ended) more = false;
    } else if (waits[0].revents != 0) {
      // The pipe may still be held by something in the background, but it is empty now.
      return {};
    }
  }
}

}  // namespace

std::expected<Secret, Problem> command_output(const std::string& line,
                                              std::chrono::milliseconds within,
                                              const std::stop_token& stop) {
  std::array<int, 2> ends{-1, -1};
  // The command's own end has to block, or it would see errors instead of a full pipe.
  if (::pipe2(ends.data(), O_CLOEXEC) != 0 || ::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
    return std::unexpected(failed(fmt::format("has no pipe: {}", std::strerror(errno))));
  }
  const Fd output(ends[0]);
  Fd input(ends[1]);
  Shell shell(line, input.get());
  input.reset();
  if (shell.error() != 0) {
    return std::unexpected(failed(fmt::format("did not start: {}", std::strerror(shell.error()))));
  }
  // The wrapper in the C library of Debian 12 is not declared for C++.
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, shell.pid(), 0)));
  if (process.get() < 0) {
    return std::unexpected(failed(fmt::format("cannot be watched: {}", std::strerror(errno))));
  }
  std::string text;
  text.reserve(longest_secret + 4096);
  auto collected = collect(output, process, Stopped(stop), Clock::now() + within, text);
  Secret secret = take_first_line(text);
  if (!collected) return std::unexpected(std::move(collected.error()));
  const int status = shell.wait();
  if (WIFSIGNALED(status)) {
    return std::unexpected(failed(fmt::format("was ended by signal {}", WTERMSIG(status))));
  }
  if (WEXITSTATUS(status) != 0) {
    return std::unexpected(failed(fmt::format("failed with status {}", WEXITSTATUS(status))));
  }
  return secret;
}

}  // namespace postern::config
