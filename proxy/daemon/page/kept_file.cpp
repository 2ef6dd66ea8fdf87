#include "proxy/daemon/page/kept_file.h"

#include <exception>
#include <fstream>
#include <iterator>
#include <utility>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include "proxy/daemon/setup/new_files.h"
#include "sync/base/log.h"
#include "sync/net/worker.h"

namespace postern::daemon::page {
namespace {

/// Whatever fails: those who wait are woken.
std::optional<Problem> put(const std::filesystem::path& file, const std::string& text) {
  try {
    setup::NewFiles files;
    const auto written = files.replace(file, text);
    if (!written) return written.error();
    files.keep();
    return std::nullopt;
  } catch (const std::exception& failure) {
    return Problem{failure.what(), "make room for " + file.string()};
  }
}

}  // namespace

KeptFile::KeptFile(const asio::any_io_executor& executor)
    : writing_(executor, "page"), written_(executor, asio::steady_timer::time_point::max()) {}

std::string KeptFile::read(const std::filesystem::path& file) const {
  if (text_ && file == file_) return *text_;
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

asio::awaitable<void> KeptFile::write(std::filesystem::path file, std::string text) {
  file_ = std::move(file);
  text_ = std::move(text);
  const std::uint64_t mine = ++given_;
  if (!std::exchange(busy_, true)) writing_.spawn("what is kept", write_all());
  while (done_ < mine) {
    asio::error_code woken;
    co_await written_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

asio::awaitable<void> KeptFile::write_all() {
  while (done_ < given_) {
    const std::uint64_t next = given_;
    auto work = [file = file_, text = *text_] { return put(file, text); };
    auto putting = net::on_worker(std::move(work));
    const std::optional<Problem> problem = co_await std::move(putting);
    if (problem)
      log::warning("page", "who signed out is forgotten with a restart: {}", problem->text());
    done_ = next;
    written_.cancel();
  }
  busy_ = false;
}

asio::awaitable<void> KeptFile::join() {
  co_await writing_.join();
}

}  // namespace postern::daemon::page
