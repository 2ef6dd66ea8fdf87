#include "proxy/daemon/at_rest.h"

namespace postern::daemon {
namespace {

/// Longer than a daemon takes to end.
constexpr std::chrono::seconds patience{15};

}  // namespace

std::expected<AtRest, Problem> AtRest::open(asio::any_io_executor executor,
                                            const config::Config& config) {
  auto folder = StateFolder::open(config.state, patience);
  if (!folder) return std::unexpected(folder.error());
  AtRest out(std::move(*folder));
  for (const auto& account : config.accounts) {
    out.accounts_.push_back(std::make_shared<AccountService>(executor, account.name, config.state));
  }
  return out;
}

AtRest::~AtRest() {
  for (const auto& account : accounts_) account->close();
}

}  // namespace postern::daemon
