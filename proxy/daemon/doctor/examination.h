#pragma once

#include <optional>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "proxy/daemon/doctor/lender.h"
#include "proxy/daemon/doctor/report.h"
#include "sync/engine/status.h"

namespace postern::daemon::doctor {

/// What is known beside the configuration.
struct Circumstances {
  std::string account;
  /// From the daemon that runs, if one does.
  std::optional<engine::SourceStatus> daemon;
  std::optional<WallTime> newest_file;
};

/// Looks at everything between here and the listing of one source, in the order in which a poll
/// meets it, and says in words what is wrong. Logs in once, if the provider's limits allow it;
/// fetches and deletes nothing. Network thread; blocks it while secrets and certificates are read,
/// so it is for commands.
/// `lender` says whether one may log in, and outlives the task.
asio::awaitable<SourceReport> examine(config::Source source, Circumstances circumstances,
                                      Lender& lender);

}  // namespace postern::daemon::doctor
