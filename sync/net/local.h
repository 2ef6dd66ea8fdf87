#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "sync/base/problem.h"
#include "sync/net/stream.h"

namespace postern::net {

/// A listening Unix socket in a folder that only this user can write to; mode 0600. What stood at
/// the path before is replaced: the caller holds a lock that says that nobody else uses it. Network
/// thread.
class LocalListener {
 public:
  static std::expected<LocalListener, Problem> open(asio::any_io_executor executor,
                                                    const std::filesystem::path& path);
  LocalListener(LocalListener&&) noexcept;
  LocalListener& operator=(LocalListener&&) noexcept;
  ~LocalListener();

  asio::awaitable<Stream> accept();
  /// Takes the path away too.
  void close() noexcept;

 private:
  struct State;
  explicit LocalListener(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Both ends of a connection within this process.
[[nodiscard]] std::pair<Stream, Stream> local_pair(const asio::any_io_executor& executor);

/// Error(connect) if nobody listens there.
asio::awaitable<Stream> dial_local(std::filesystem::path path);

}  // namespace postern::net
