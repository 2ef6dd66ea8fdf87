#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <vector>

#include <fmt/core.h>

#include "proxy/access/settings/dns_sd.h"
#include "proxy/daemon/commands.h"
#include "proxy/daemon/exit_status.h"
#include "proxy/daemon/offers.h"
#include "sync/net/own_names.h"

namespace postern::daemon {
namespace {

using access::settings::NamedFile;

int write_files(const std::vector<NamedFile>& files, const std::filesystem::path& folder) {
  for (const NamedFile& file : files) {
    const std::filesystem::path path = folder / file.name;
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << file.text;
    out.close();
    if (!out) {
      explain({fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)),
               "name a folder that is there and may be written to, or run this with sudo"});
      return exit_failed;
    }
    fmt::print("wrote {}\n", path.string());
  }
  return exit_ok;
}

}  // namespace

int announce_command(const std::filesystem::path& config_file, const AnnounceOptions& options) {
  const auto config = load_or_explain(config_file);
  if (!config) return config.error();
  const auto settings =
      mail_settings(offers_of(config->listen), hosts_of(net::host_facts()), "any");
  const auto services = access::settings::services_of(settings);
  if (services.empty()) {
    explain({"nothing is listened on that the network could reach",
             "write, for example, `imaps: 0.0.0.0:1993` into `listen:`"});
    return exit_failed;
  }
  const bool avahi = options.through == AnnounceOptions::Through::avahi;
  const auto files = avahi ? std::vector{access::settings::avahi_file(services)}
                           : access::settings::resolved_files(services);
  if (options.folder) return write_files(files, *options.folder);
  for (const NamedFile& file : files)
    fmt::print("{}{}", avahi ? "" : fmt::format("# {}\n", file.name), file.text);
  return exit_ok;
}

}  // namespace postern::daemon
