#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <thread>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include "proxy/access/directory.h"
#include "proxy/submission/server.h"
#include "tests/store/store_fixture.h"

namespace postern::submission::test {

/// A running submission server with one account, anna, whose password is sesame. What takes the
/// messages has none but these answers: it sends for anna@example.org only, "unknown@" is nobody,
/// "busy@" is to wait, "lost@" in the envelope makes the end of a message a 451; a message that is
/// taken is answered with its number of recipients and octets. A message may have 1000 octets and 3
/// recipients. The network thread is another one than the test's.
class Served {
 public:
  Served();
  Served(const Served&) = delete;
  ~Served();

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  store::TemporaryFolder folder_;
  std::shared_ptr<store::Account> account_;
  asio::io_context io_;
  access::Directory directory_;
  std::optional<Server> server_;
  std::uint16_t port_ = 0;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
  std::thread thread_;
};

}  // namespace postern::submission::test
