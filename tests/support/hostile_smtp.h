#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "sync/net/listener.h"
#include "sync/net/stream.h"
#include "sync/net/task_group.h"
#include "sync/net/tls.h"

namespace postern::test {

/// An SMTP server that does what it is told, wrong things too, and writes down what it is asked.
/// Runs in the client's own io_context.
class HostileSmtp {
 public:
  HostileSmtp(asio::any_io_executor executor, const net::TlsServer* tls);
  ~HostileSmtp();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void stop();
  asio::awaitable<void> join();

  std::vector<std::string> offers{"PIPELINING", "8BITMIME", "AUTH PLAIN"};
  std::optional<std::vector<std::string>> offers_after_tls;
  std::optional<std::vector<std::string>> offers_after_login;
  /// Raw answers instead of the right ones, by verb, by whole command, "greeting" or "." (the end
  /// of a message); an empty one ends the connection.
  std::map<std::string, std::string> instead;
  /// Called in front of each answer and behind it.
  std::function<void()> on_step = [] {};
  std::string behind_starttls;  ///< sent in one segment with the answer to STARTTLS

  // What it saw.
  std::vector<std::string> commands;  ///< of all sessions, in order
  std::vector<std::string> messages;  ///< as they came after DATA, with the final dot; or by BDAT
  std::size_t most_in_flight = 0;  ///< commands that arrived before the one in front was answered
  [[nodiscard]] std::size_t count(std::string_view verb) const;

 private:
  struct Session;

  asio::awaitable<void> accept();
  asio::awaitable<void> serve(net::Stream stream);
  asio::awaitable<void> converse(Session& session);
  asio::awaitable<void> more(Session& session);
  asio::awaitable<std::string> line(Session& session);
  asio::awaitable<bool> answer(Session& session, const std::string& command);
  asio::awaitable<bool> say(Session& session, std::string key, std::string usual);
  asio::awaitable<void> take_data(Session& session);
  asio::awaitable<void> take_chunk(Session& session, std::size_t octets);
  [[nodiscard]] std::string hello(const Session& session) const;

  const net::TlsServer* tls_;
  net::TaskGroup tasks_;
  std::optional<net::Listener> listener_;
  std::uint16_t port_ = 0;
};

}  // namespace postern::test
