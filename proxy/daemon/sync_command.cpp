#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>

#include <fmt/core.h>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "proxy/daemon/at_rest.h"
#include "proxy/daemon/commands.h"
#include "proxy/daemon/control_client.h"
#include "proxy/daemon/control_server.h"
#include "proxy/daemon/exit_status.h"
#include "proxy/daemon/preview_text.h"
#include "proxy/daemon/progress_bar.h"
#include "proxy/daemon/serve.h"
#include "proxy/daemon/status_report.h"
#include "sync/net/dial.h"
#include "sync/net/task_group.h"

namespace postern::daemon {
namespace {

using nlohmann::json;
using Sources = SyncDisplay::Sources;

Sources sources_of(const json& line) {
  Sources out;
  for (const json& source : line.value("sources", json::array()))
    out.push_back(source_from_json(source));
  return out;
}

/// What the daemon says while it polls, shown.
class DaemonSync {
 public:
  void take(const json& line) {
    if (line.contains("error")) {
      error_ = line.value("error", "");
      return;
    }
    if (line.contains("preview")) {
      previews_.push_back(line["preview"]);
      return;
    }
    const Sources sources = sources_of(line);
    if (!std::exchange(begun_, true)) display_.begin(sources);
    display_.show(sources);
    if (!line.value("done", false)) return;
    done_ = true;
    well_ = display_.finish(sources);
    fmt::print("{}", preview_text(previews_));
    for (const json& problem : line.value("problems", json::array())) {
      well_ = false;
      explain({problem.get<std::string>(), ""});
    }
  }
  int end() const {
    if (!error_.empty()) {
      explain({error_, ""});
    } else if (!done_) {
      explain({"the daemon ended before the poll did", "look at its log: journalctl -u postern"});
    }
    return well_ ? exit_ok : exit_failed;
  }

 private:
  SyncDisplay display_{standard_output()};
  std::vector<json> previews_;
  std::string error_;
  bool begun_ = false;
  bool done_ = false;
  bool well_ = false;
};

using Services = std::vector<std::shared_ptr<AccountService>>;

Sources sources_of(const Services& services) {
  Sources out;
  for (const auto& service : services) {
    for (auto& source : service->sources()) out.push_back(std::move(source));
  }
  return out;
}

asio::awaitable<void> show_progress(const Services& services, SyncDisplay& display) {
  for (;;) {
    display.show(sources_of(services));
    co_await net::pause(std::chrono::milliseconds(150));
  }
}

asio::awaitable<void> poll_one(std::shared_ptr<AccountService> service, engine::PollWish wish) {
  // The polls that the sources begin by themselves are the ones that were asked for.
  co_await service->poll_and_wait(wish, AccountService::Awaited::first);
}

/// The same polls as the daemon's, by this process.
asio::awaitable<void> poll_here(const config::Config& config, const Services& services,
                                engine::PollWish wish, bool& well) {
  const auto executor = co_await asio::this_coro::executor;
  for (const auto& service : services) {
    const auto account =
        std::ranges::find(config.accounts, service->name(), &config::Account::name);
    co_await service->start(account->sources, config.limits.message, wish);
    if (service->problem()) explain(*service->problem());
  }
  SyncDisplay display(standard_output());
  display.begin(sources_of(services));
  net::TaskGroup watching(executor, "sync");
  net::TaskGroup polls(executor, "sync");
  watching.spawn("progress", show_progress(services, display));
  for (const auto& service : services) polls.spawn(service->name(), poll_one(service, wish));
  co_await polls.join();
  watching.cancel();
  co_await watching.join();
  well = display.finish(sources_of(services)) &&
         std::ranges::none_of(services,
                              [](const auto& service) { return service->problem().has_value(); });
  if (wish == engine::PollWish::dry_run) fmt::print("{}", preview_text(previews_of(services)));
  for (const auto& service : services) co_await service->stop();
}

int sync_here(config::Config config, const SyncOptions& options) {
  const std::string& account = options.account;
  harden_process();
  log::configure(log::Level::warning, config.log_format);
  if (!account.empty()) {
    const auto wanted = std::ranges::find(config.accounts, account, &config::Account::name);
    if (wanted == config.accounts.end()) {
      explain({unknown_account(account, config), ""});
      return exit_failed;
    }
    config.accounts = {*wanted};
  }
  asio::io_context io(1);
  const auto accounts = AtRest::open(io.get_executor(), config);
  if (!accounts) {
    explain(accounts.error());
    return exit_failed;
  }
  bool well = false;
  std::exception_ptr failure;
  asio::co_spawn(io, poll_here(config, accounts->accounts(), options.wish, well),
                 [&failure](const std::exception_ptr& e) { failure = e; });
  io.run();
  if (failure) std::rethrow_exception(failure);
  return well ? exit_ok : exit_failed;
}

}  // namespace

int sync_command(const std::filesystem::path& config_file, const SyncOptions& options) {
  auto config = load_or_explain(config_file);
  if (!config) return config.error();
  json question = {{"ask", "sync"}};
  if (!options.account.empty()) question["account"] = options.account;
  if (options.wish != engine::PollWish::none) question["wish"] = to_json(options.wish);
  DaemonSync sync;
  const Asked asked =
      ask_daemon(config->state, question, [&sync](const json& line) { sync.take(line); });
  if (asked == Asked::nobody) return sync_here(std::move(*config), options);
  if (asked == Asked::forbidden) {
    explain(forbidden(config->state));
    return exit_failed;
  }
  return sync.end();
}

}  // namespace postern::daemon
