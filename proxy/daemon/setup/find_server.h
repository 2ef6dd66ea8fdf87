#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "proxy/daemon/setup/dialogue.h"
#include "sync/engine/explain.h"

namespace postern::daemon::setup {

/// A POP3 server and how it is spoken to.
struct Server {
  std::string host;
  std::uint16_t port = 0;
  config::Tls tls = config::Tls::implicit;
};

/// Where the server of a mail domain usually is, the likeliest first. Never without TLS.
[[nodiscard]] std::vector<Server> usual_servers(std::string_view domain);
/// What "HOST" or "HOST:PORT" may mean, the best first. Without TLS only on this machine.
[[nodiscard]] std::vector<Server> servers_named(std::string_view text);

struct Found {
  std::optional<Server> server;            ///< the first that greets as it should
  std::optional<engine::Trouble> trouble;  ///< none greeted: what the most telling one said
};
/// Tries one after the other without logging in. A server whose certificate is refused is found,
/// with the trouble. `dialogue` is told of each. Network thread; blocks it while certificates are
/// read.
asio::awaitable<Found> find_server(std::vector<Server> candidates, Dialogue& dialogue);

}  // namespace postern::daemon::setup
