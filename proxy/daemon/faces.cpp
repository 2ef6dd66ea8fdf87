#include "proxy/daemon/faces.h"

#include <algorithm>
#include <utility>

#include "proxy/daemon/state_folder.h"
#include "sync/base/log.h"
#include "sync/net/dial.h"
#include "sync/net/listener.h"
#include "sync/net/task_group.h"

namespace postern::daemon {
namespace {

/// The limits that the operator sets; each face has more of its own.
template <class Limits>
Limits limits_of(const config::Config& config) {
  Limits limits;
  limits.connections = config.limits.connections;
  limits.connections_per_address = config.limits.connections_per_address;
  return limits;
}

imap::Limits imap_limits(const config::Config& config) {
  auto limits = limits_of<imap::Limits>(config);
  limits.command_line = config.limits.command_line;
  limits.message = config.limits.message;
  return limits;
}

}  // namespace

const char* name_of(Face face) {
  switch (face) {
    case Face::imap: return "imap";
    case Face::imaps: return "imaps";
    case Face::pop3: return "pop3";
  }
  return "";
}

Faces::Faces(asio::any_io_executor executor, access::Directory& directory,
             const config::Config& config)
    : executor_(executor),
      imap_(executor, directory, nullptr, imap_limits(config)),
      pop3_(executor, directory, nullptr, limits_of<pop3::Limits>(config)) {}

std::vector<Faces::Wanted> Faces::wanted_of(const config::Listen& listen) {
  std::vector<Wanted> out;
  for (const auto& address : listen.imap) out.push_back({Face::imap, address});
  for (const auto& address : listen.imaps) out.push_back({Face::imaps, address});
  for (const auto& address : listen.pop3) out.push_back({Face::pop3, address});
  return out;
}

std::optional<Problem> Faces::load_tls(const config::Config& config) {
  auto loaded = config.tls ? net::TlsServer::load(config.tls->certificate, config.tls->key)
                           : net::TlsServer::automatic(config.state / "tls");
  if (!loaded) return loaded.error();
  auto fresh = std::make_unique<net::TlsServer>(std::move(*loaded));
  imap_.set_tls(fresh.get());
  pop3_.set_tls(fresh.get());
  tls_ = std::move(fresh);
  return std::nullopt;
}

void Faces::serve(net::Listener listener, Face face) {
  places_.push_back({face, listener.address()});
  switch (face) {
    case Face::imap: imap_.serve(std::move(listener), imap::Server::Face::imap); break;
    case Face::imaps: imap_.serve(std::move(listener), imap::Server::Face::imaps); break;
    case Face::pop3: pop3_.serve(std::move(listener)); break;
  }
}

std::optional<Problem> Faces::listen(const config::Config& config) {
  const std::vector<Wanted> wanted = wanted_of(config.listen);
  // What is new is opened before anything is closed, so that a mistake in it changes nothing.
  std::vector<std::pair<net::Listener, Face>> fresh;
  for (const Wanted& place : wanted) {
    if (std::ranges::find(wanted_, place) != wanted_.end()) continue;
    auto opened = net::Listener::open(executor_, place.address);
    if (!opened) return opened.error();
    fresh.emplace_back(std::move(*opened), place.face);
  }
  if (auto problem = load_tls(config)) return problem;
  const bool some_go = std::ranges::any_of(
      wanted_, [&](const Wanted& old) { return std::ranges::find(wanted, old) == wanted.end(); });
  if (some_go) {
    imap_.close_listeners();
    pop3_.close_listeners();
    const auto before = std::exchange(places_, {});
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      if (std::ranges::find(wanted, wanted_[i]) == wanted.end()) continue;
      auto opened = net::Listener::open(executor_, before[i].address);
      if (opened) {
        serve(std::move(*opened), wanted_[i].face);
      } else {
        log::error("daemon", "{}", opened.error().text());
      }
    }
  }
  for (auto& [listener, face] : fresh) serve(std::move(listener), face);
  wanted_ = wanted;
  return std::nullopt;
}

asio::awaitable<void> Faces::end_after(std::chrono::steady_clock::duration patience) {
  co_await net::pause(patience);
  imap_.cancel();
  pop3_.cancel();
}

asio::awaitable<void> Faces::stop(std::chrono::steady_clock::duration patience) {
  imap_.stop();
  pop3_.stop();
  net::TaskGroup clock(executor_, "daemon");
  clock.spawn("patience with sessions", end_after(patience));
  co_await imap_.join();
  co_await pop3_.join();
  clock.cancel();
  co_await clock.join();
}

}  // namespace postern::daemon
