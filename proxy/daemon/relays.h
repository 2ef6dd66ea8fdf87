#pragma once

#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "config/config.h"
#include "proxy/access/directory.h"
#include "proxy/daemon/relay_purse.h"
#include "proxy/relay/server.h"
#include "sync/base/problem.h"
#include "sync/net/listener.h"
#include "sync/net/splice.h"

namespace postern::daemon {

/// The relays that are served, each by the address it listens on. Beside Faces, which are the same
/// servers with other listeners after a reload; a relay is a server of its own.
///
/// Order: prepare(), then adopt() or forget(), any number of times, then stop() once. Network
/// thread.
class Relays {
 public:
  struct Place {
    std::string protocol;  ///< "relay imap"
    std::string address;   ///< with the real port
    std::string upstream;  ///< "imap.example.net:993"
  };

  Relays(asio::any_io_executor executor, access::Directory& directory, RelayPurse::Stores stores)
      : executor_(std::move(executor)), directory_(directory), stores_(std::move(stores)) {}
  Relays(const Relays&) = delete;
  ~Relays();

  /// Gets ready what `config` names; nothing of it is served yet, and what is served stays.
  std::optional<Problem> prepare(const config::Config& config);
  /// Lets go of what was prepared last: its addresses are free again.
  void forget();
  /// Serves what was prepared last and nothing else. Sessions go on, also those of a relay that is
  /// gone; what changed holds for new ones.
  void adopt();

  [[nodiscard]] std::vector<Place> places() const;
  [[nodiscard]] std::vector<access::SessionFacts> sessions() const;
  /// Ends those of a device.
  void end_sessions(const std::string& account, const std::string& device);

  /// Stops accepting, and ends the sessions, after `patience` by force.
  asio::awaitable<void> stop(std::chrono::steady_clock::duration patience);

 private:
  struct Prepared {
    std::string configured;
    relay::Route route;
    relay::Limits limits;
    std::optional<net::Listener> listener;  ///< if that relay is not served yet
  };
  struct Served {
    std::string configured;  ///< as the operator wrote it: the port may be 0
    std::string address;
    relay::Route route;
    std::unique_ptr<relay::Server> server;
  };

  [[nodiscard]] Served* find(const std::string& configured);
  asio::awaitable<void> end_after(std::chrono::steady_clock::duration patience);

  asio::any_io_executor executor_;
  access::Directory& directory_;
  RelayPurse::Stores stores_;
  net::Splicer splicer_;
  std::vector<Prepared> prepared_;
  std::vector<Served> served_;
  std::vector<std::unique_ptr<relay::Server>> retired_;  ///< may still have sessions
};

}  // namespace postern::daemon
