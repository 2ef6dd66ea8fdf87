#include "proxy/daemon/setup/find_server.h"

#include <map>
#include <utility>

#include <fmt/core.h>

#include "config/values.h"
#include "proxy/daemon/doctor/encounter.h"
#include "sync/net/error.h"
#include "sync/net/resolve.h"

namespace postern::daemon::setup {
namespace {

using config::Tls;

constexpr std::uint16_t implicit_port = 995;
constexpr std::uint16_t plain_port = 110;

asio::awaitable<bool> has_address(std::string host) {
  try {
    const auto addresses = co_await net::resolve(std::move(host), std::chrono::seconds(5));
    co_return !addresses.empty();
  } catch (const net::Error&) {
    co_return false;
  }
}

/// How much an answer says about what is wrong: a name that is not there says least.
int weight(const doctor::Encounter& encounter) {
  return encounter.doing == "connection" ? 0 : 1;
}

config::Source source_at(const Server& server) {
  config::Source source;
  source.server = {server.host, server.port};
  source.tls = server.tls;
  return source;
}

}  // namespace

std::vector<Server> usual_servers(std::string_view domain) {
  std::vector<Server> servers;
  for (const auto& [port, tls] :
       {std::pair{implicit_port, Tls::implicit}, std::pair{plain_port, Tls::starttls}}) {
    for (const char* prefix : {"pop3.", "pop.", "mail.", ""})
      servers.push_back({fmt::format("{}{}", prefix, domain), port, tls});
  }
  return servers;
}

std::vector<Server> servers_named(std::string_view text) {
  std::vector<Server> servers;
  const auto whole = config::host_port(text);
  const std::string host = whole ? whole->host : std::string(text);
  if (whole) {
    // The port does not tell the kind of TLS: it is tried.
    const bool local = config::is_loopback(host);
    servers.push_back({host, whole->port, Tls::implicit});
    servers.push_back({host, whole->port, local ? Tls::none : Tls::starttls});
    if (whole->port == plain_port) std::swap(servers[0], servers[1]);
  } else {
    servers.push_back({host, implicit_port, Tls::implicit});
    servers.push_back({host, plain_port, Tls::starttls});
  }
  return servers;
}

asio::awaitable<Found> find_server(std::vector<Server> candidates, Dialogue& dialogue) {
  Found found;
  int most_telling = -1;
  std::map<std::string, bool> there;
  for (const Server& candidate : candidates) {
    const auto [host, is_new] = there.try_emplace(candidate.host, false);
    if (is_new) host->second = co_await has_address(candidate.host);
    if (!host->second) continue;
    dialogue.say(fmt::format("  trying {}:{} ...", candidate.host, candidate.port));
    config::Source source = source_at(candidate);
    Secret nothing;
    doctor::Encounter encounter =
        co_await doctor::meet(std::move(source), std::move(nothing), doctor::Depth::hello);
    if (!encounter.trouble) {
      found.server = candidate;
      found.trouble.reset();
      co_return found;
    }
    const int telling = weight(encounter);
    if (telling <= most_telling) continue;
    most_telling = telling;
    found.trouble = std::move(encounter.trouble);
    if (found.trouble->state == engine::SourceState::bad_certificate) {
      // It speaks TLS, so this is how it is to be spoken to.
      found.server = candidate;
      co_return found;
    }
  }
  if (!found.trouble) {
    found.trouble = engine::Trouble{engine::SourceState::unreachable,
                                    "none of these hosts has an address; check the name, and this "
                                    "machine's network"};
  }
  co_return found;
}

}  // namespace postern::daemon::setup
