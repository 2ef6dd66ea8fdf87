#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "proxy/daemon/doctor/report.h"
#include "sync/net/certificate_facts.h"

namespace postern::daemon::doctor {

struct Place {
  config::HostPort server;
  config::Tls tls = config::Tls::implicit;
  bool insecure = false;
  std::vector<std::string> opening;  ///< commands in front of TLS, of `starttls`
  std::string usual_ports;           ///< words for who has mixed them up
};

/// What is seen of a server before one speaks to it: "dns", "tcp", "certificate".
struct Way {
  std::vector<Step> steps;
  enum class End : std::uint8_t { nowhere, there } end = End::nowhere;
  std::vector<net::CertificateFacts> chain;
};

/// Network thread.
asio::awaitable<Way> look_at_way(Place place);

}  // namespace postern::daemon::doctor
