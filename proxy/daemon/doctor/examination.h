#pragma once

#include <optional>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "proxy/daemon/doctor/report.h"
#include "sync/engine/status.h"

namespace postern::daemon::doctor {

/// What is known beside the configuration.
struct Circumstances {
  std::string account;
  /// From the daemon that runs, if one does: its limits count for us as well.
  std::optional<engine::SourceStatus> daemon;
  std::optional<WallTime> newest_file;
};

/// Looks at everything between here and the listing of one source, in the order in which a poll
/// meets it, and says in words what is wrong. Logs in once, if the provider's limits allow it;
/// fetches and deletes nothing. Network thread; blocks it while secrets and certificates are read,
/// so it is for commands.
asio::awaitable<SourceReport> examine(config::Source source, Circumstances circumstances);

}  // namespace postern::daemon::doctor
