#include "proxy/daemon/doctor/way_there.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "sync/base/clock.h"
#include "sync/engine/interception.h"
#include "sync/net/certificate_probe.h"
#include "sync/net/dial.h"
#include "sync/net/error.h"
#include "sync/net/resolve.h"

namespace postern::daemon::doctor {
namespace {

using config::Tls;

constexpr std::chrono::seconds patience{10};
constexpr std::chrono::days certificate_soon{14};

class WayThere {
 public:
  explicit WayThere(Place place) : place_(std::move(place)) {}

  asio::awaitable<Way> look();

 private:
  asio::awaitable<bool> find_host();
  asio::awaitable<bool> connect();
  asio::awaitable<void> look_at_certificates();
  void add(std::string name, Outcome outcome, std::string text, std::string advice = "") {
    way_.steps.push_back({std::move(name), outcome, std::move(text), std::move(advice)});
  }

  Place place_;
  Way way_;
  std::vector<asio::ip::address> addresses_;
};

asio::awaitable<bool> WayThere::find_host() {
  try {
    addresses_ = co_await net::resolve(place_.server.host, patience);
  } catch (const net::Error& error) {
    add("dns", Outcome::bad, error.what(),
        "check the name of the server and this machine's name service (resolvectl query " +
            place_.server.host + ")");
    co_return false;
  }
  std::string list;
  for (const auto& address : addresses_) list += (list.empty() ? "" : ", ") + address.to_string();
  add("dns", Outcome::good, list);
  co_return true;
}

asio::awaitable<bool> WayThere::connect() {
  std::size_t good = 0;
  std::string text;
  for (const auto& address : addresses_) {
    const auto begin = std::chrono::steady_clock::now();
    text += text.empty() ? "" : "; ";
    try {
      const net::Endpoint to{address.to_string(), place_.server.port};
      net::Stream stream = co_await net::dial(to, patience);
      stream.close();
      const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::steady_clock::now() - begin);
      text += fmt::format("{} in {} ms", address.to_string(), took.count());
      ++good;
    } catch (const net::Error& error) {
      text += error.what();
    }
  }
  if (good == addresses_.size()) {
    add("tcp", Outcome::good, text);
  } else if (good != 0) {
    add("tcp", Outcome::odd, text, "the others are used; IPv6 without a way out looks like this");
  } else {
    add("tcp", Outcome::bad, text,
        "check the port and the network; firewalls and some providers of access block it");
  }
  co_return good != 0;
}

asio::awaitable<void> WayThere::look_at_certificates() {
  if (place_.tls == Tls::none) {
    add("certificate", place_.insecure ? Outcome::odd : Outcome::good, "no TLS is wanted",
        place_.insecure ? "the password crosses the network unprotected" : "");
    co_return;
  }
  try {
    const net::Endpoint server{place_.server.host, place_.server.port};
    std::vector<std::string> opening;
    if (place_.tls == Tls::starttls) opening = place_.opening;
    way_.chain = co_await net::probe_certificates(server, std::move(opening), patience);
  } catch (const net::Error& error) {
    add("certificate", Outcome::bad, error.what(), "check the port and `tls:`");
    co_return;
  }
  if (way_.chain.empty()) {
    add("certificate", Outcome::bad, "the server does not speak TLS here",
        "check the port and `tls:`: " + place_.usual_ports);
    co_return;
  }
  const net::CertificateFacts& leaf = way_.chain.front();
  const auto left = std::chrono::duration_cast<std::chrono::days>(leaf.life.end - wall_now());
  std::string text =
      fmt::format("{}, valid for {}, for {} more days", leaf.subject, leaf.names, left.count());
  for (const net::CertificateFacts& each : way_.chain) text += "; issued by " + each.issuer;
  text += "; " + leaf.fingerprint;
  if (const auto program = engine::interceptor(text)) {
    add("certificate", Outcome::bad, text,
        fmt::format("this is not the server's certificate: {} reads along; switch off its scanning "
                    "of mail",
                    *program));
  } else if (left < certificate_soon) {
    add("certificate", Outcome::odd, text, "the provider has to renew it");
  } else {
    add("certificate", Outcome::good, text);
  }
}

asio::awaitable<Way> WayThere::look() {
  const bool found = co_await find_host();
  if (!found) co_return std::move(way_);
  const bool connected = co_await connect();
  if (!connected) co_return std::move(way_);
  way_.end = Way::End::there;
  co_await look_at_certificates();
  co_return std::move(way_);
}

}  // namespace

asio::awaitable<Way> look_at_way(Place place) {
  WayThere way(std::move(place));
  co_return co_await way.look();
}

}  // namespace postern::daemon::doctor
