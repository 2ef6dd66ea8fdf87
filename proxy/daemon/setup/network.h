#pragma once

#include <vector>

#include <asio/io_context.hpp>

#include "proxy/daemon/doctor/encounter.h"
#include "proxy/daemon/setup/dialogue.h"
#include "proxy/daemon/setup/find_server.h"
#include "sync/net/certificate_probe.h"

namespace postern::daemon::setup {

/// What an interview asks of the world. Blocks.
class Network {
 public:
  Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  virtual ~Network() = default;

  virtual Found find(std::vector<Server> candidates, Dialogue& dialogue) = 0;
  virtual doctor::Encounter log_in(const config::Source& source, const Secret& password) = 0;
  virtual doctor::Encounter log_in(const config::Outgoing& server, const Secret& password) = 0;
  /// The server's first; empty after the dialogue was told why there are none.
  virtual std::vector<net::CertificateFacts> certificates(const config::Source& source,
                                                          Dialogue& dialogue) = 0;
};

/// The one out there.
class RealNetwork : public Network {
 public:
  Found find(std::vector<Server> candidates, Dialogue& dialogue) override;
  doctor::Encounter log_in(const config::Source& source, const Secret& password) override;
  doctor::Encounter log_in(const config::Outgoing& server, const Secret& password) override;
  std::vector<net::CertificateFacts> certificates(const config::Source& source,
                                                  Dialogue& dialogue) override;

 private:
  asio::io_context io_{1};
};

}  // namespace postern::daemon::setup
