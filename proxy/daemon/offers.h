#pragma once

#include <vector>

#include "config/config.h"
#include "proxy/access/settings/mail_settings.h"
#include "proxy/daemon/faces.h"
#include "sync/net/own_names.h"

namespace postern::daemon {

/// What mail programs are to be told of.
[[nodiscard]] std::vector<access::settings::Offer> offers_of(const config::Listen& listen);
/// The same with the real ports.
[[nodiscard]] std::vector<access::settings::Offer> offers_of(
    const std::vector<Faces::Place>& places);

/// How programs are to call this machine: a name that the own certificate is for.
[[nodiscard]] access::settings::Hosts hosts_of(const net::HostFacts& host);

}  // namespace postern::daemon
