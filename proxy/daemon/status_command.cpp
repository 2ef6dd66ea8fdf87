#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>

#include <fmt/core.h>
#include <asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "proxy/daemon/at_rest.h"
#include "proxy/daemon/commands.h"
#include "proxy/daemon/control_client.h"
#include "proxy/daemon/exit_status.h"
#include "proxy/daemon/run_loop.h"
#include "proxy/daemon/status_report.h"
#include "proxy/daemon/status_text.h"

namespace postern::daemon {
namespace {

using nlohmann::json;

void print(const json& status, StatusForm form) {
  if (form == StatusForm::json) {
    fmt::print("{}\n", status.dump(2, ' ', false, json::error_handler_t::replace));
  } else {
    fmt::print("{}", status_text(status, standard_output()));
  }
}

asio::awaitable<void> look(const config::Config& config,
                           std::vector<std::shared_ptr<AccountService>> accounts, json& out) {
  for (const auto& account : accounts) {
    const auto found = std::ranges::find(config.accounts, account->name(), &config::Account::name);
    co_await account->start_at_rest(found->sources);
  }
  json status = co_await status_at_rest(config, accounts);
  for (const auto& account : accounts) co_await account->stop();
  out = std::move(status);
}

/// What the stores know while no daemon runs. Nothing is made that is not there.
std::expected<json, Problem> look_at_rest(config::Config config) {
  std::erase_if(config.accounts, [&config](const config::Account& account) {
    std::error_code ignored;
    return !std::filesystem::exists(account_folder(config.state, account.name), ignored);
  });
  std::error_code ignored;
  if (!std::filesystem::exists(config.state, ignored)) {
    return std::unexpected(Problem{config.state.string() + " holds no mail yet", ""});
  }
  asio::io_context io(1);
  json status;
  auto accounts = AtRest::open(io.get_executor(), config);
  if (!accounts) return std::unexpected(accounts.error());
  run_to_end(io, look(config, accounts->accounts(), status));
  return status;
}

}  // namespace

int status_command(const std::filesystem::path& config_file, StatusForm form) {
  auto config = load_or_explain(config_file);
  if (!config) return config.error();
  const json question = {{"ask", "status"}};
  json status;
  const Asked asked =
      ask_daemon(config->state, question, [&status](const json& line) { status = line; });
  if (asked == Asked::answered && !status.contains("error")) {
    print(status, form);
    return exit_ok;
  }
  if (asked == Asked::forbidden) {
    explain(forbidden(config->state));
    return exit_failed;
  }
  if (asked != Asked::nobody) {
    explain({"the daemon did not answer", "look at its log: journalctl -u postern"});
    return exit_failed;
  }
  const auto at_rest = look_at_rest(std::move(*config));
  if (at_rest) print(*at_rest, form);
  std::fflush(stdout);
  explain({"no daemon is running, so nothing is polled and no mail program can connect",
           "start it: postern run, or systemctl start postern"});
  if (!at_rest) explain(at_rest.error());
  return exit_failed;
}

}  // namespace postern::daemon
