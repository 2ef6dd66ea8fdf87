#include "sync/store/generation.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace postern::store {

namespace {

/// The file always has the same length: writing it over never leaves part of a longer one.
constexpr std::size_t digits = 19;

[[noreturn]] void fail(const std::filesystem::path& file) {
  const FailureKind kind = errno == ENOSPC || errno == EDQUOT  ? FailureKind::disk_full
                           : errno == EROFS || errno == EACCES ? FailureKind::read_only
                                                               : FailureKind::io;
  throw StoreFailure(kind, fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)));
}

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& file, int flags)
      : fd_(::open(file.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

struct Mark {
  std::int64_t number = 0;
  std::int64_t changed = 0;  ///< nanoseconds since 1970
};

std::int64_t changed_at(const Descriptor& file) {
  struct stat facts{};
  if (::fstat(file.get(), &facts) != 0) return 0;
  return static_cast<std::int64_t>(facts.st_ctim.tv_sec) * 1'000'000'000 + facts.st_ctim.tv_nsec;
}

/// nullopt: there is no file, or it holds no number.
std::optional<Mark> read_mark(const std::filesystem::path& path) {
  const Descriptor file(path, O_RDONLY | O_NONBLOCK);
  if (!file.open()) return std::nullopt;
  std::array<char, digits> text{};
  if (::pread(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return std::nullopt;
  Mark mark;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mark.number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  mark.changed = changed_at(file);
  return mark;
}

/// Returns the time of the change.
std::int64_t write_mark(const std::filesystem::path& path, std::int64_t number) {
  const bool known = std::filesystem::exists(path);
  const Descriptor file(path, O_WRONLY | O_CREAT);
  const std::string text = fmt::format("{:0{}}\n", number, digits);
  if (!file.open() || ::fchmod(file.get(), 0600) != 0 ||
      ::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
      ::fsync(file.get()) != 0)
    fail(path);
  if (!known) {
    const Descriptor folder(path.parent_path(), O_RDONLY | O_DIRECTORY);
    if (!folder.open() || ::fsync(folder.get()) != 0) fail(path);
  }
  return changed_at(file);
}

}  // namespace

Generation::Origin Generation::origin(Database& database) const {
  const std::int64_t number = database.number("SELECT generation FROM account");
  const std::int64_t changed = database.number("SELECT generation_changed FROM account");
  if (number == 0) return Origin::continued;  // as created
  const std::optional<Mark> mark = read_mark(file_);
  if (changed != 0) {
    const bool same = mark && mark->number == number && mark->changed == changed;
    return same ? Origin::continued : Origin::copied;
  }
  // It was interrupted before the file was written, or before that was noted.
  const bool between = !mark || mark->number == number || mark->number == number - 1;
  return between ? Origin::continued : Origin::copied;
}

void Generation::renew(Database& database) const {
  database.run("UPDATE account SET generation = generation + 1, generation_changed = 0");
  const std::int64_t number = database.number("SELECT generation FROM account");
  const std::int64_t changed = write_mark(file_, number);
  database.run(fmt::format("UPDATE account SET generation_changed = {}", changed).c_str());
}

void start_anew(Database& database) {
  database.run("BEGIN IMMEDIATE");
  // As in MailboxTable::create: above all that were given before, each mailbox its own.
  database.run(
      "UPDATE mailbox SET uid_validity ="
      " max(unixepoch(), (SELECT uid_validity FROM account)) +"
      " (SELECT count(*) FROM mailbox AS other WHERE other.id <= mailbox.id)");
  database.run("UPDATE account SET uid_validity = (SELECT max(uid_validity) FROM mailbox)");
  if (database.number("SELECT uid_validity FROM account") >
      std::numeric_limits<std::uint32_t>::max())
    throw StoreFailure(FailureKind::corrupt, "there is no UIDVALIDITY left to give");
  distrust_sources(database);
  database.run("COMMIT");
}

void distrust_sources(Database& database) {
  database.run(
      "UPDATE source SET full_sync = 0, suspicious_since = 0, listed_at = 0, listed_before = 0");
  database.run("UPDATE origin SET lacking = 0 WHERE lacking > 0");
  // What waited then may have been sent since.
  database.run("UPDATE submission SET certainty = 1");
}

}  // namespace postern::store
