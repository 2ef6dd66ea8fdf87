#include <unistd.h>

#include <cstdio>

#include <fmt/core.h>

#include "config/load.h"
#include "proxy/daemon/commands.h"
#include "proxy/daemon/exit_status.h"
#include "proxy/daemon/serve.h"
#include "proxy/daemon/state_disk.h"
#include "proxy/daemon/state_folder.h"
#include "sync/base/log.h"

namespace postern::daemon {

namespace {

/// On a terminal only: what goes into a journal can be read by others.
void show_page_link(const Daemon& daemon) {
  if (::isatty(STDOUT_FILENO) == 0) return;
  const auto address = daemon.invite();
  if (!address) return;
  fmt::print("The page, good once within half an hour (then: postern web):\n  {}\n", *address);
  std::fflush(stdout);
}

}  // namespace

int run_command(const std::filesystem::path& config_file) {
  harden_process();
  auto config = load_or_explain(config_file);
  if (!config) return config.error();
  log::configure(config->log_level, config->log_format);
  for (const auto& note : config->notes) log::warning("config", "{}", note);
  const auto folder = StateFolder::open(config->state);
  if (!folder) {
    explain(folder.error());
    return exit_failed;
  }
  if (const auto doubts = doubts_about_disk(folder->path())) log::warning("store", "{}", *doubts);
  ServeOptions options;
  options.reload_from = config_file;
  options.on_ready = show_page_link;
  return serve(std::move(*config), *folder, std::move(options));
}

}  // namespace postern::daemon
