#pragma once

#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/use_future.hpp>

#include "proxy/access/directory.h"
#include "proxy/imap/server.h"
#include "sync/net/tls.h"
#include "tests/store/store_fixture.h"

namespace postern::imap::test {

/// A running server with one account, anna, whose password is sesame, in a folder of its own; with
/// devices of anna's that only read and only send, reader and scanner, whose password is
/// 0000-1111-2222-3333. The network thread is another one than the test's.
class Served {
 public:
  enum class Tls { none, automatic };

  explicit Served(Limits limits = {}, Tls tls = Tls::none,
                  const std::filesystem::path& above = std::filesystem::temp_directory_path());
  Served(const Served&) = delete;
  ~Served();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::uint16_t tls_port() const { return tls_port_; }
  /// Of the certificate, to be pinned.
  [[nodiscard]] std::string fingerprint() const { return tls_->facts().fingerprint; }
  [[nodiscard]] store::Account& account() { return *account_; }
  [[nodiscard]] int polls() const { return polls_; }

  /// Runs `work` on the network thread and waits for it.
  template <class Work>
  auto on_network(Work work) {
    std::packaged_task<std::invoke_result_t<Work&>()> task(std::move(work));
    return asio::post(io_, std::move(task)).get();
  }
  [[nodiscard]] Server& server() { return *server_; }
  [[nodiscard]] access::Directory& directory() { return directory_; }
  [[nodiscard]] asio::io_context& io() { return io_; }

  /// Appends to a mailbox of the store without a session.
  void deliver(const std::string& mailbox, const std::string& message);

 private:
  store::TemporaryFolder folder_;
  std::shared_ptr<store::Account> account_;
  asio::io_context io_;
  std::optional<net::TlsServer> tls_;
  access::Directory directory_;
  std::optional<Server> server_;
  std::uint16_t port_ = 0;
  std::uint16_t tls_port_ = 0;
  std::atomic<int> polls_ = 0;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
  std::thread thread_;
};

}  // namespace postern::imap::test
