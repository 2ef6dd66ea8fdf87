#pragma once

#include <expected>
#include <memory>
#include <vector>

#include "config/config.h"
#include "proxy/daemon/account_service.h"
#include "proxy/daemon/state_folder.h"

namespace postern::daemon {

/// The accounts of a configuration that no daemon works on, for commands that do without one. Holds
/// the lock meanwhile. Nothing listens.
class AtRest {
 public:
  /// Refused while a daemon runs. One that is ending, and answers no questions any more, is waited
  /// for.
  static std::expected<AtRest, Problem> open(asio::any_io_executor executor,
                                             const config::Config& config);
  AtRest(AtRest&&) = default;
  ~AtRest();

  [[nodiscard]] const std::vector<std::shared_ptr<AccountService>>& accounts() const {
    return accounts_;
  }

 private:
  explicit AtRest(StateFolder folder) : folder_(std::move(folder)) {}

  StateFolder folder_;
  std::vector<std::shared_ptr<AccountService>> accounts_;
};

}  // namespace postern::daemon
