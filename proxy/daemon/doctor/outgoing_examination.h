#pragma once

#include <optional>
#include <string>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "proxy/daemon/doctor/lender.h"
#include "proxy/daemon/doctor/report.h"
#include "sync/base/clock.h"

namespace postern::daemon::doctor {

/// What is known beside a server for sending.
struct OutgoingCircumstances {
  std::string account;
  std::optional<config::Source> source;  ///< whose login data it has, if it has none of its own
  std::optional<WallTime> newest_file;
  /// The source's own server did not take the login data just now: a provider that is asked on and
  /// on locks the mailbox.
  enum class SourceLogin : std::uint8_t {
    good_or_unknown,
    refused
  } source_login = SourceLogin::good_or_unknown;
};

/// Looks at everything between here and a login at a server for sending, and says in words what is
/// wrong; no message is begun. Network thread; blocks it while secrets and certificates are read,
/// so it is for commands.
/// `lender` gives the token of a source with `oauth:`, and outlives the task.
asio::awaitable<SourceReport> examine(config::Outgoing server, OutgoingCircumstances circumstances,
                                      Lender& lender);

}  // namespace postern::daemon::doctor
