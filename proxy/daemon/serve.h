#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "config/config.h"
#include "proxy/daemon/daemon.h"
#include "proxy/daemon/state_folder.h"

namespace postern::daemon {

struct ServeOptions {
  std::optional<std::filesystem::path> reload_from;  ///< read again on SIGHUP
  std::function<void(const Daemon&)> on_ready;       ///< everything listens
};

/// The daemon from start to end: until SIGTERM or SIGINT. The exit status. `folder` is locked for
/// as long.
int serve(config::Config config, const StateFolder& folder, ServeOptions options);

/// Before anything secret is in memory: no core files, no ptrace by others, private files, no
/// SIGPIPE.
void harden_process();

}  // namespace postern::daemon
