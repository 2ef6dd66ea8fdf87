#include "proxy/daemon/relays.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "proxy/daemon/state_folder.h"
#include "sync/net/dial.h"
#include "sync/net/task_group.h"

namespace postern::daemon {
namespace {

std::expected<relay::Route, Problem> route_of(const config::Relay& relay) {
  relay::Route route;
  route.protocol = relay.protocol;
  route.upstream = {relay.upstream.host, relay.upstream.port};
  route.tls = relay.tls;
  if (relay.tls == config::Tls::none) return route;
  auto client = net::TlsClient::make(
      {relay.upstream.host, relay.ca, relay.pin, net::TlsTrust::Resumption::within_client});
  if (!client) return std::unexpected(client.error());
  route.trust = std::make_shared<const net::TlsClient>(std::move(*client));
  return route;
}

}  // namespace

Relays::~Relays() = default;

Relays::Served* Relays::find(const std::string& configured) {
  const auto found = std::ranges::find(served_, configured, &Served::configured);
  return found == served_.end() ? nullptr : &*found;
}

std::optional<Problem> Relays::prepare(const config::Config& config) {
  prepared_.clear();
  relay::Limits limits;
  limits.connections = config.limits.connections;
  limits.connections_per_address = config.limits.connections_per_address;
  std::vector<Prepared> prepared;
  for (const config::Relay& relay : config.relays) {
    if (std::ranges::find(prepared, relay.listen, &Prepared::configured) != prepared.end()) {
      return Problem{fmt::format("two relays listen on {}", relay.listen),
                     "give one of them another port"};
    }
    auto route = route_of(relay);
    if (!route) return route.error();
    for (const config::RelayLogin& login : relay.login)
      route->guests.push_back({login.account, login.username});
    if (!relay.login.empty())
      route->purse = std::make_shared<RelayPurse>(relay, stores_, token_key_file(config.state));
    Prepared one{relay.listen, std::move(*route), limits, std::nullopt};
    if (find(relay.listen) == nullptr) {
      auto listener = net::Listener::open(executor_, relay.listen);
      if (!listener) return listener.error();
      one.listener.emplace(std::move(*listener));
    }
    prepared.push_back(std::move(one));
  }
  prepared_ = std::move(prepared);
  return std::nullopt;
}

void Relays::forget() {
  prepared_.clear();
}

void Relays::adopt() {
  std::vector<Served> next;
  for (Prepared& one : prepared_) {
    if (Served* known = find(one.configured)) {
      known->route = one.route;
      known->server->set_route(std::move(one.route));
      known->server->set_limits(one.limits);
      next.push_back(std::move(*known));
      continue;
    }
    Served fresh{one.configured, one.listener->address(), one.route,
                 std::make_unique<relay::Server>(executor_, directory_, splicer_,
                                                 std::move(one.route), one.limits)};
    fresh.server->serve(std::move(*one.listener));
    next.push_back(std::move(fresh));
  }
  prepared_.clear();
  for (Served& one : served_) {
    if (!one.server) continue;
    one.server->close_listener(one.address);
    retired_.push_back(std::move(one.server));
  }
  served_ = std::move(next);
}

std::vector<Relays::Place> Relays::places() const {
  std::vector<Place> out;
  out.reserve(served_.size());
  for (const Served& one : served_) {
    out.push_back({fmt::format("relay {}", relay::name_of(one.route.protocol)), one.address,
                   fmt::format("{}:{}", one.route.upstream.host, one.route.upstream.port)});
  }
  return out;
}

std::vector<access::SessionFacts> Relays::sessions() const {
  std::vector<access::SessionFacts> all;
  for (const Served& one : served_)
    std::ranges::move(one.server->sessions(), std::back_inserter(all));
  for (const auto& server : retired_)
    std::ranges::move(server->sessions(), std::back_inserter(all));
  return all;
}

void Relays::end_sessions(const std::string& account, const std::string& device) {
  for (const Served& one : served_) one.server->end_sessions(account, device);
  for (const auto& server : retired_) server->end_sessions(account, device);
}

asio::awaitable<void> Relays::end_after(std::chrono::steady_clock::duration patience) {
  co_await net::pause(patience);
  for (const auto& server : retired_) server->cancel();
}

asio::awaitable<void> Relays::stop(std::chrono::steady_clock::duration patience) {
  for (Served& one : std::exchange(served_, {})) retired_.push_back(std::move(one.server));
  for (const auto& server : retired_) server->stop();
  net::TaskGroup clock(executor_, "daemon");
  clock.spawn("patience with relays", end_after(patience));
  for (const auto& server : retired_) co_await server->join();
  clock.cancel();
  co_await clock.join();
}

}  // namespace postern::daemon
