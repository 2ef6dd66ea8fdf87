#include "sync/net/file_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fmt/core.h>
#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/net/dial.h"
#include "sync/net/error.h"

namespace postern::net {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t changes = IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_ATTRIB;

}  // namespace

std::expected<FileWatch, Problem> FileWatch::open(const asio::any_io_executor& executor,
                                                  Patience patience) {
  const int descriptor = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (descriptor < 0) {
    return std::unexpected(
        Problem{fmt::format("files cannot be watched: {}", std::strerror(errno)),
                "raise fs.inotify.max_user_instances; until then changes are seen a little later"});
  }
  return FileWatch(executor, descriptor, patience);
}

FileWatch::FileWatch(const asio::any_io_executor& executor, int descriptor, Patience patience)
    : descriptor_(executor, descriptor), patience_(patience) {}

void FileWatch::follow(std::span<const std::filesystem::path> files) {
  for (const std::filesystem::path& file : files) {
    std::error_code no_target;
    const auto target = std::filesystem::canonical(file, no_target);
    // A file that is replaced is another one: only its folder stays.
    for (const auto& folder : {file.parent_path(), target.parent_path()}) {
      if (!folder.empty())
        ::inotify_add_watch(descriptor_.native_handle(), folder.c_str(), changes | IN_ONLYDIR);
    }
  }
}

FileWatch::News FileWatch::read_all() {
  News news = News::none;
  alignas(inotify_event) std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t octets = ::read(descriptor_.native_handle(), buffer.data(), buffer.size());
    if (octets > 0) {
      news = News::some;
    } else if (octets == 0 || errno != EINTR) {
      return news;
    }
  }
}

asio::awaitable<void> FileWatch::change() {
  do {
    const auto [error] =
        co_await descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                                        asio::experimental::as_tuple(asio::use_awaitable));
    if (error) throw Error(ErrorKind::cancelled, "stopped while watching files");
  } while (read_all() == News::none);
  const auto end = Clock::now() + patience_.most;
  do {
    co_await pause(patience_.quiet);
  } while (read_all() == News::some && Clock::now() < end);
}

}  // namespace postern::net
