#include "proxy/daemon/archive/archive.h"

#include <algorithm>

#include <sys/resource.h>

#include "proxy/daemon/control_server.h"
#include "proxy/daemon/state_folder.h"

namespace postern::daemon::archive {

std::expected<std::vector<std::string>, Problem> chosen_accounts(const config::Config& config,
                                                                 const std::string& account) {
  std::vector<std::string> names;
  for (const auto& one : config.accounts) {
    if (account.empty() || one.name == account) names.push_back(one.name);
  }
  if (names.empty() && !account.empty())
    return std::unexpected(Problem{unknown_account(account, config), ""});
  if (names.empty()) return std::unexpected(Problem{"no account is configured", "postern setup"});
  return names;
}

std::filesystem::path mail_file(const config::Config& config, const std::string& account) {
  return account_folder(config.state, account) / "mail.db";
}

void be_modest() {
  constexpr int modest = 10;
  ::setpriority(PRIO_PROCESS, 0, modest);
}

}  // namespace postern::daemon::archive
