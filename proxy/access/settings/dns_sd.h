#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proxy/access/settings/mail_settings.h"

namespace postern::access::settings {

/// A service as others in the network find it (RFC 6763): "_imaps._tcp" and so on.
struct Service {
  std::string type;
  std::uint16_t port;
};
/// What of `settings` the network can reach.
[[nodiscard]] std::vector<Service> services_of(const MailSettings& settings);

struct NamedFile {
  std::string name;
  std::string text;
};
/// One file for the folder of services of Avahi (avahi.service(5)), "postern.service".
[[nodiscard]] NamedFile avahi_file(const std::vector<Service>& services);
/// One file for each service, for systemd-resolved (systemd.dnssd(5)), "postern-imaps.dnssd".
[[nodiscard]] std::vector<NamedFile> resolved_files(const std::vector<Service>& services);

}  // namespace postern::access::settings
