#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "proxy/daemon/at_rest.h"
#include "proxy/daemon/commands.h"
#include "proxy/daemon/control_client.h"
#include "proxy/daemon/control_server.h"
#include "proxy/daemon/exit_status.h"
#include "proxy/daemon/run_loop.h"
#include "proxy/daemon/serve.h"
#include "proxy/daemon/sign_in.h"
#include "sync/base/log.h"
#include "sync/net/error.h"

namespace postern::daemon {
namespace {

using nlohmann::json;
using wire::oauth::Grant;

/// The source that is meant, or what to write instead.
std::expected<config::Source, Problem> choose(const config::Config& config,
                                              const std::string& account, const std::string& key) {
  const auto found = std::ranges::find(config.accounts, account, &config::Account::name);
  if (found == config.accounts.end())
    return std::unexpected(Problem{unknown_account(account, config), ""});
  std::vector<const config::Source*> fitting;
  std::string keys;
  for (const config::Source& source : found->sources) {
    if (!source.oauth) continue;
    keys += (keys.empty() ? "" : ", ") + source.key();
    if (key.empty() || source.key() == key || source.username == key) fitting.push_back(&source);
  }
  if (keys.empty()) {
    return std::unexpected(
        Problem{fmt::format("no source of {} signs in with OAuth", account),
                fmt::format("write oauth: {{client_id: ...}} for it in {}", config.file.string())});
  }
  if (fitting.size() == 1) return *fitting.front();
  return std::unexpected(Problem{fitting.empty()
                                     ? fmt::format("{} has no such source with OAuth", account)
                                     : fmt::format("{} has several sources with OAuth", account),
                                 "add --source with one of: " + keys});
}

asio::awaitable<void> converse(const config::Source& source, SignInWay way,
                               std::expected<Grant, Problem>& out) {
  try {
    out = co_await sign_in(source, way);
  } catch (const net::Error& error) {
    out = std::unexpected(
        Problem{fmt::format("the sign-in of {} failed: {}", source.username, error.what()),
                "check the network and the URLs of `oauth:`, then try again"});
  }
}

asio::awaitable<void> keep(std::shared_ptr<AccountService> service, std::string key, Grant grant,
                           std::optional<Problem>& problem) {
  co_await service->start({}, config::LimitSettings().message);
  problem = service->problem();
  if (!problem) problem = co_await service->keep_grant(std::move(key), std::move(grant));
  co_await service->stop();
}

std::optional<Problem> keep_here(config::Config config, const std::string& account,
                                 const std::string& key, const Grant& grant) {
  std::erase_if(config.accounts, [&](const auto& other) { return other.name != account; });
  asio::io_context io(1);
  const auto rest = AtRest::open(io.get_executor(), config);
  if (!rest) return rest.error();
  std::optional<Problem> problem;
  run_to_end(io, keep(rest->accounts().front(), key, grant, problem));
  return problem;
}

enum class Kept { by_daemon, by_daemon_for_later, here };

const char* what_comes_next(Kept kept) {
  switch (kept) {
    case Kept::by_daemon: return "Its mail is fetched now: postern status";
    case Kept::by_daemon_for_later:
      return "The daemon does not know this source yet: systemctl reload postern";
    case Kept::here: break;
  }
  return "Its mail is fetched when the daemon runs: postern run";
}

std::expected<Kept, Problem> keep_grant(const config::Config& config, const std::string& account,
                                        const std::string& key, const Grant& grant) {
  const json question = {{"ask", "sign_in"},
                         {"account", account},
                         {"source", key},
                         {"grant",
                          {{"access_token", grant.access_token.reveal()},
                           {"refresh_token", grant.refresh_token.reveal()},
                           {"expires_in", grant.lifetime.count()}}}};
  std::string error = "the daemon ended before it had kept the sign-in; try again";
  bool polled = false;
  const Asked asked = ask_daemon(config.state, question, [&error, &polled](const json& line) {
    error = line.value("error", "");
    polled = line.value("polled", false);
  });
  if (asked == Asked::nobody) {
    if (auto problem = keep_here(config, account, key, grant)) return std::unexpected(*problem);
    return Kept::here;
  }
  if (asked == Asked::forbidden) return std::unexpected(forbidden(config.state));
  if (!error.empty()) return std::unexpected(Problem{error, ""});
  return polled ? Kept::by_daemon : Kept::by_daemon_for_later;
}

}  // namespace

int login_command(const std::filesystem::path& config_file, const LoginOptions& options) {
  const auto config = load_or_explain(config_file);
  if (!config) return config.error();
  harden_process();
  log::configure(log::Level::error, config->log_format);
  const auto source = choose(*config, options.account, options.source);
  if (!source) {
    explain(source.error());
    return exit_failed;
  }
  asio::io_context io(1);
  std::expected<Grant, Problem> grant;
  run_to_end(io, converse(*source, options.way.value_or(usual_way(*source->oauth)), grant));
  if (!grant) {
    explain(grant.error());
    return exit_failed;
  }
  const auto kept = keep_grant(*config, options.account, source->key(), *grant);
  if (!kept) {
    explain(kept.error());
    return exit_failed;
  }
  fmt::print("Signed in as {}. {}\n", source->username, what_comes_next(*kept));
  if (grant->refresh_token.empty()) {
    fmt::print("The provider gave nothing to renew this sign-in with: it ends in {} minutes.\n",
               grant->lifetime.count() / 60);
  }
  return exit_ok;
}

}  // namespace postern::daemon
