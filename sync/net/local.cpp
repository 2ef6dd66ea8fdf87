#include "sync/net/local.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/core.h>
#include <asio/experimental/as_tuple.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/base/log.h"
#include "sync/net/dial.h"

namespace postern::net {
namespace {

using Protocol = asio::local::stream_protocol;

/// sun_path holds about a hundred octets; a link in /proc to the folder makes any path short.
class ShortPath {
 public:
  explicit ShortPath(const std::filesystem::path& path)
      : folder_(::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
        short_(fmt::format("/proc/self/fd/{}/{}", folder_, path.filename().string())) {}
  ShortPath(const ShortPath&) = delete;
  ~ShortPath() {
    if (folder_ >= 0) ::close(folder_);
  }
  [[nodiscard]] const std::string& text() const { return short_; }

 private:
  int folder_;
  std::string short_;
};

}  // namespace

struct LocalListener::State {
  State(const asio::any_io_executor& executor, std::filesystem::path p)
      : acceptor(executor), path(std::move(p)) {}
  Protocol::acceptor acceptor;
  std::filesystem::path path;
};

std::expected<LocalListener, Problem> LocalListener::open(asio::any_io_executor executor,
                                                          const std::filesystem::path& path) {
  auto state = std::make_unique<State>(executor, path);
  const ShortPath place(path);
  ::unlink(path.c_str());
  asio::error_code error;
  state->acceptor.open(Protocol(), error);
  if (!error) {
    ::fcntl(state->acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
    // The mode of the socket's file is that of the descriptor when it is bound.
    ::fchmod(state->acceptor.native_handle(), 0600);
    state->acceptor.bind(Protocol::endpoint(place.text()), error);
  }
  if (!error && ::chmod(path.c_str(), 0600) != 0) error.assign(errno, asio::system_category());
  if (!error) state->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return std::unexpected(
        Problem{fmt::format("cannot listen on {}: {}", path.string(), error.message()),
                "make sure that the folder is writable"});
  }
  return LocalListener(std::move(state));
}

LocalListener::LocalListener(std::unique_ptr<State> state) : state_(std::move(state)) {}
LocalListener::LocalListener(LocalListener&&) noexcept = default;
LocalListener& LocalListener::operator=(LocalListener&&) noexcept = default;
LocalListener::~LocalListener() {
  if (state_) close();
}

asio::awaitable<Stream> LocalListener::accept() {
  for (;;) {
    auto [error, socket] =
        co_await state_->acceptor.async_accept(asio::experimental::as_tuple(asio::use_awaitable));
    if (!error) co_return Stream(std::move(socket));
    if (error == asio::error::operation_aborted || !state_->acceptor.is_open()) {
      throw Error(ErrorKind::cancelled, "no longer listening");
    }
    log::debug("net", "{}: a connection was not accepted: {}", state_->path.string(),
               error.message());
    co_await pause(std::chrono::milliseconds(250));
  }
}

void LocalListener::close() noexcept {
  if (!state_->acceptor.is_open()) return;
  asio::error_code ignored;
  state_->acceptor.close(ignored);
  ::unlink(state_->path.c_str());
}

std::pair<Stream, Stream> local_pair(const asio::any_io_executor& executor) {
  Protocol::socket one(executor);
  Protocol::socket other(executor);
  asio::error_code error;
  asio::local::connect_pair(one, other, error);
  if (error)
    throw Error(ErrorKind::connect, fmt::format("cannot make a socket: {}", error.message()));
  return {Stream(std::move(one)), Stream(std::move(other))};
}

asio::awaitable<Stream> dial_local(std::filesystem::path path) {
  Protocol::socket socket(co_await asio::this_coro::executor);
  const ShortPath place(path);
  const Protocol::endpoint there(place.text());
  const auto [error] =
      co_await socket.async_connect(there, asio::experimental::as_tuple(asio::use_awaitable));
  if (error) {
    throw Error(ErrorKind::connect,
                fmt::format("nobody answers at {}: {}", path.string(), error.message()));
  }
  co_return Stream(std::move(socket));
}

}  // namespace postern::net
