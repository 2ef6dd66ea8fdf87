#include "proxy/daemon/faces.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "config/values.h"
#include "proxy/daemon/state_folder.h"
#include "proxy/web/server.h"
#include "sync/base/log.h"
#include "sync/net/dial.h"
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
  for (const config::Account& account : config.accounts)
    limits.accounts[account.name] = account.capabilities;
  limits.clients = config.clients;
  return limits;
}

/// "127.0.0.1:8143"
bool is_local(const std::string& address) {
  std::string_view host(address);
  host = host.substr(0, host.rfind(':'));
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return config::is_loopback(host);
}

/// The same with an address that can be asked for, where it listens on all.
std::string reachable(const std::string& address) {
  const std::string port = address.substr(address.rfind(':'));
  if (address.starts_with("0.0.0.0:")) return "127.0.0.1" + port;
  return address.starts_with("[::]:") ? "[::1]" + port : address;
}

/// Browsers know no STARTTLS, and what others could read is not sent in the clear.
bool begins_with_tls(Face face, const std::string& address) {
  if (face == Face::web) return !is_local(address);
  return face == Face::imaps || face == Face::submissions;
}

pop3::Limits pop3_limits(const config::Config& config) {
  using Configured = config::DeviceSettings::Pop3Delete;
  using Deletes = pop3::Limits::DeviceDeletes;
  auto limits = limits_of<pop3::Limits>(config);
  limits.device_deletes =
      config.devices.pop3_delete == Configured::hide ? Deletes::hide : Deletes::expunge;
  return limits;
}

submission::Limits submission_limits(const config::Config& config) {
  auto limits = limits_of<submission::Limits>(config);
  limits.message = config.limits.message;
  return limits;
}

}  // namespace

const char* name_of(Face face) {
  switch (face) {
    case Face::imap: return "imap";
    case Face::imaps: return "imaps";
    case Face::pop3: return "pop3";
    case Face::submission: return "submission";
    case Face::submissions: return "submissions";
    case Face::scanner: return "scanner";
    case Face::web: return "web";
  }
  return "";
}

Faces::Faces(asio::any_io_executor executor, access::Directory& directory, web::House& house,
             const config::Config& config)
    : executor_(executor),
      imap_(executor, directory, nullptr, imap_limits(config)),
      pop3_(executor, directory, nullptr, pop3_limits(config)),
      submission_(executor, directory, nullptr, submission_limits(config)),
      web_(std::make_unique<web::Server>(executor, directory, house,
                                         limits_of<web::Limits>(config))),
      all_{&imap_, &pop3_, &submission_, web_.get()} {}

Faces::~Faces() = default;

std::vector<Faces::Wanted> Faces::wanted_of(const config::Listen& listen) {
  std::vector<Wanted> out;
  const auto add = [&](Face face, const std::vector<std::string>& addresses) {
    for (const auto& address : addresses) out.push_back({face, address});
  };
  add(Face::imap, listen.imap);
  add(Face::imaps, listen.imaps);
  add(Face::pop3, listen.pop3);
  add(Face::submission, listen.submission);
  add(Face::submissions, listen.submissions);
  for (const auto& scanner : listen.scanners)
    out.push_back({Face::scanner, scanner.address, scanner.device});
  add(Face::web, listen.web);
  return out;
}

access::Server& Faces::server_of(Face face) {
  switch (face) {
    case Face::imap:
    case Face::imaps: break;
    case Face::pop3: return pop3_;
    case Face::submission:
    case Face::submissions:
    case Face::scanner: return submission_;
    case Face::web: return *web_;
  }
  return imap_;
}

void Faces::serve(Fresh fresh) {
  const Face face = fresh.wanted.face;
  places_.push_back({face, fresh.listener.address(), fresh.wanted.address, fresh.wanted.scanner});
  const bool tls = begins_with_tls(face, fresh.listener.address());
  server_of(face).serve(std::move(fresh.listener),
                        tls ? access::Start::tls : access::Start::plaintext, fresh.wanted.scanner);
}

std::vector<access::SessionFacts> Faces::sessions() const {
  std::vector<access::SessionFacts> all;
  for (const auto* server : all_) std::ranges::move(server->sessions(), std::back_inserter(all));
  return all;
}

void Faces::end_sessions(const std::string& account, const std::string& device) {
  for (auto* server : all_) server->end_sessions(account, device);
}

std::optional<std::string> Faces::invite(std::chrono::steady_clock::duration lifetime) const {
  const Place* best = nullptr;
  for (const Place& place : places_) {
    if (place.face != Face::web) continue;
    if (best == nullptr || (!is_local(best->address) && is_local(place.address))) best = &place;
  }
  if (best == nullptr) return std::nullopt;
  return fmt::format("{}://{}/{}", is_local(best->address) ? "http" : "https",
                     reachable(best->address), web_->invite(lifetime));
}

Faces::Places Faces::take_leaving(const std::vector<Wanted>& wanted) {
  Places leaving;
  std::erase_if(places_, [&](const Place& place) {
    const bool stays =
        std::ranges::any_of(wanted, [&](const Wanted& one) { return one.is(place); });
    if (!stays) leaving.push_back(place);
    return !stays;
  });
  return leaving;
}

/// Opens what is not open yet. What leaves and has the same port gives way first; closing is noted
/// by taking it out of `leaving` and, on a problem, undone.
std::expected<std::vector<Faces::Fresh>, Problem> Faces::open_new(const std::vector<Wanted>& wanted,
                                                                  Places& leaving) {
  std::vector<Fresh> fresh;
  Places gave_way;
  for (const Wanted& one : wanted) {
    if (std::ranges::any_of(places_, [&](const Place& place) { return one.is(place); })) continue;
    const std::string port = one.address.substr(one.address.rfind(':'));
    std::erase_if(leaving, [&](const Place& place) {
      if (!place.address.ends_with(port)) return false;
      server_of(place.face).close_listener(place.address);
      gave_way.push_back(place);
      return true;
    });
    auto opened = net::Listener::open(executor_, one.address);
    if (opened) {
      fresh.push_back({one, std::move(*opened)});
      continue;
    }
    fresh.clear();
    for (const Place& place : gave_way) {
      auto again = net::Listener::open(executor_, place.address);
      if (again) {
        serve({{place.face, place.configured, place.scanner}, std::move(*again)});
      } else {
        log::error("daemon", "{}", again.error().text());
      }
    }
    return std::unexpected(opened.error());
  }
  return fresh;
}

std::optional<Problem> Faces::listen(const config::Config& config) {
  auto certificate = certificate_.choose(config);
  if (!certificate) return certificate.error();
  const std::vector<Wanted> wanted = wanted_of(config.listen);
  Places leaving = take_leaving(wanted);
  auto fresh = open_new(wanted, leaving);
  if (!fresh) {
    places_.insert(places_.end(), leaving.begin(), leaving.end());
    return fresh.error();
  }
  certificate_.adopt(std::move(*certificate));
  imap_.set_tls(certificate_.tls());
  pop3_.set_tls(certificate_.tls());
  submission_.set_tls(certificate_.tls());
  web_->set_tls(certificate_.tls());
  imap_.set_limits(imap_limits(config));
  pop3_.set_limits(pop3_limits(config));
  submission_.set_limits(submission_limits(config));
  web_->set_limits(limits_of<web::Limits>(config));
  for (const Place& place : leaving) server_of(place.face).close_listener(place.address);
  for (Fresh& one : *fresh) serve(std::move(one));
  return std::nullopt;
}

asio::awaitable<void> Faces::end_after(std::chrono::steady_clock::duration patience) {
  co_await net::pause(patience);
  for (auto* server : all_) server->cancel();
}

asio::awaitable<void> Faces::stop(std::chrono::steady_clock::duration patience) {
  for (auto* server : all_) server->stop();
  net::TaskGroup clock(executor_, "daemon");
  clock.spawn("patience with sessions", end_after(patience));
  for (auto* server : all_) co_await server->join();
  clock.cancel();
  co_await clock.join();
}

}  // namespace postern::daemon
