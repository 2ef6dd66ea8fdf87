#include "proxy/daemon/setup/new_files.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ranges>
#include <system_error>

#include <fmt/core.h>

#include "proxy/daemon/state_folder.h"

namespace postern::daemon::setup {
namespace {

namespace fs = std::filesystem;

constexpr int most_names = 100;

std::unexpected<Problem> cannot(const char* what, const fs::path& path) {
  return std::unexpected(
      Problem{fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(errno)),
              "make the folder writable for this user, or name another file with --config"});
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t octets = ::write(file, text.data(), text.size());
    if (octets < 0 && errno == EINTR) continue;
    if (octets < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(octets));
  }
  return ::fsync(file) == 0;
}

bool sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  return synced;
}

sigset_t ending_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::sigaddset(&signals, number);
  return signals;
}

int create(const fs::path& path) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

}  // namespace

NewFiles::NewFiles() {
  const sigset_t signals = ending_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

NewFiles::~NewFiles() {
  std::error_code ignored;
  for (const fs::path& path : made_) fs::remove(path, ignored);
  // Only what is empty goes away.
  for (const fs::path& path : folders_ | std::views::reverse) fs::remove(path, ignored);
  const sigset_t signals = ending_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void NewFiles::keep() {
  made_.clear();
  folders_.clear();
}

std::expected<void, Problem> NewFiles::make_folder(const fs::path& folder) {
  std::vector<fs::path> missing;
  std::error_code ignored;
  for (fs::path path = folder; !path.empty() && !fs::exists(path, ignored);
       path = path.parent_path())
    missing.push_back(path);
  folders_.insert(folders_.end(), missing.rbegin(), missing.rend());
  return private_folder(folder);
}

std::expected<fs::path, Problem> NewFiles::add(const fs::path& wanted, const Secret& line) {
  if (auto folder = make_folder(wanted.parent_path()); !folder)
    return std::unexpected(folder.error());
  fs::path path = wanted;
  int file = create(path);
  for (int number = 2; file < 0 && errno == EEXIST && number < most_names; ++number) {
    path = wanted.string() + "-" + std::to_string(number);
    file = create(path);
  }
  if (file < 0) return cannot("create", path);
  made_.push_back(path);
  const bool written = write_all(file, line.reveal()) && write_all(file, "\n");
  ::close(file);
  if (!written || !sync_folder(path.parent_path())) return cannot("write", path);
  return path;
}

std::expected<void, Problem> NewFiles::make(const fs::path& file, std::string_view text) {
  const int fd = create(file);
  if (fd < 0) return cannot("create", file);
  made_.push_back(file);
  const bool written = write_all(fd, text);
  ::close(fd);
  if (!written || !sync_folder(fs::absolute(file).parent_path())) return cannot("write", file);
  return {};
}

std::expected<void, Problem> NewFiles::replace(const fs::path& file, std::string_view text) {
  std::error_code error;
  const bool exists = fs::exists(file, error);
  const fs::path target = exists ? fs::canonical(file, error) : file;
  const fs::path parent = fs::absolute(target).parent_path();
  if (!fs::exists(parent, error)) {
    if (auto folder = make_folder(parent); !folder) return std::unexpected(folder.error());
  }
  const fs::path draft = target.string() + ".new";
  fs::remove(draft, error);
  const int fd = create(draft);
  if (fd < 0) return cannot("create", draft);
  made_.push_back(draft);
  struct stat before{};
  bool good = true;
  if (exists && ::stat(target.c_str(), &before) == 0) {
    good = ::fchmod(fd, before.st_mode & 0777U) == 0;
    // Only root can give a file away; anybody else has it already.
    (void)!::fchown(fd, before.st_uid, before.st_gid);
  }
  good = good && write_all(fd, text);
  ::close(fd);
  if (!good || ::rename(draft.c_str(), target.c_str()) != 0) return cannot("write", target);
  made_.pop_back();
  if (!sync_folder(parent)) return cannot("write", target);
  return {};
}

}  // namespace postern::daemon::setup
