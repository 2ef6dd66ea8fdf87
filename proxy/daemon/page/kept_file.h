#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "sync/net/task_group.h"

namespace postern::daemon::page {

/// A small file of 0600 that is written beside the network thread, one text after the other: what
/// was given last stands there in the end, and what it overtook need not be written. Network
/// thread.
///
/// Order: write() and read() any number of times, then join() once nobody calls write() any more.
class KeptFile {
 public:
  explicit KeptFile(const asio::any_io_executor& executor);

  /// What was given last, written or not; else what the file holds; empty without one.
  [[nodiscard]] std::string read(const std::filesystem::path& file) const;
  /// Ends once this text, or a later one, is in the file. What goes wrong is logged. Whoever waits
  /// may give up: the text is written nevertheless.
  asio::awaitable<void> write(std::filesystem::path file, std::string text);
  /// Waits for what is under way.
  asio::awaitable<void> join();

 private:
  asio::awaitable<void> write_all();

  net::TaskGroup writing_;
  asio::steady_timer written_;  ///< cancelled with each write that has ended
  std::filesystem::path file_;
  std::optional<std::string> text_;
  std::uint64_t given_ = 0;
  std::uint64_t done_ = 0;  ///< of `given_`
  bool busy_ = false;
};

}  // namespace postern::daemon::page
