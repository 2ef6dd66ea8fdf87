#include "proxy/daemon/dns_command.h"

#include <fmt/core.h>

#include "proxy/access/settings/dns_sd.h"
#include "proxy/access/settings/srv.h"
#include "proxy/daemon/commands.h"
#include "proxy/daemon/exit_status.h"
#include "proxy/daemon/offers.h"
#include "sync/net/own_names.h"

namespace postern::daemon {

int dns_command(const std::filesystem::path& config_file, const std::string& domain) {
  const auto config = load_or_explain(config_file);
  if (!config) return config.error();
  const auto settings =
      mail_settings(offers_of(config->listen), hosts_of(net::host_facts()), "any", "any@" + domain);
  if (access::settings::services_of(settings).empty()) {
    explain({"nothing is listened on that the network could reach",
             "write, for example, `imaps: 0.0.0.0:1993` into `listen:`"});
    return exit_failed;
  }
  fmt::print("{}", access::settings::srv_records(settings));
  return exit_ok;
}

}  // namespace postern::daemon
