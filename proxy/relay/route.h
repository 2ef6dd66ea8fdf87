#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "proxy/relay/guest.h"
#include "sync/net/dial.h"
#include "sync/net/tls.h"

namespace postern::relay {

/// "imap.example.net:993"
[[nodiscard]] std::string name_of(const net::Endpoint& server);

/// Where a relay leads.
struct Route {
  config::Relay::Protocol protocol = config::Relay::Protocol::pop3;
  net::Endpoint upstream;
  config::Tls tls = config::Tls::implicit;
  /// Not needed for `none`. Shared with the sessions that began with it; what its connections
  /// agreed on is taken up again by the next ones of this relay and of no other.
  std::shared_ptr<const net::TlsClient> trust;
  /// Whom it signs in for; without guests programs log in at the server themselves.
  std::vector<Guest> guests;
  std::shared_ptr<Purse> purse;  ///< if there are guests
};

}  // namespace postern::relay
