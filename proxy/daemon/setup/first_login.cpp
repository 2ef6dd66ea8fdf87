#include "proxy/daemon/setup/first_login.h"

#include <algorithm>
#include <utility>

#include <asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "config/load.h"
#include "proxy/daemon/at_rest.h"
#include "proxy/daemon/control_client.h"
#include "proxy/daemon/lend_login.h"
#include "proxy/daemon/run_loop.h"

namespace postern::daemon::setup {
namespace {

using nlohmann::json;

asio::awaitable<void> note(std::shared_ptr<AccountService> service, config::Source source,
                           engine::LoginEnd end, Told& told) {
  co_await service->start_at_rest({});
  if (service->problem()) co_return;
  co_await service->logged_in_elsewhere(std::move(source), end);
  co_await service->stop();
  told = Told::yes;
}

Told tell_store(config::Config config, const std::string& account, const std::string& source_key,
                const engine::LoginEnd& end) {
  std::erase_if(config.accounts, [&](const auto& other) { return other.name != account; });
  if (config.accounts.empty()) return Told::no;
  const auto& sources = config.accounts.front().sources;
  const auto source = std::ranges::find(sources, source_key, &config::Source::key);
  if (source == sources.end()) return Told::no;
  asio::io_context io(1);
  const auto rest = AtRest::open(io.get_executor(), config);
  if (!rest) return Told::no;
  Told told = Told::no;
  run_to_end(io, note(rest->accounts().front(), *source, end, told));
  return told;
}

}  // namespace

Told tell_of_login(config::Config config, const std::string& account, const std::string& source_key,
                   const engine::LoginEnd& end) {
  // The system's service has a user and a state folder of its own.
  if (config.file == config::system_file()) return Told::no;
  const json question = {{"ask", "logged_in"},
                         {"account", account},
                         {"source", source_key},
                         {"ended", to_json(std::optional(end))}};
  Told told = Told::no;
  const Asked asked = ask_daemon(config.state, question, [&told](const json& line) {
    if (line.value("done", false)) told = Told::yes;
  });
  if (asked == Asked::nobody) return tell_store(std::move(config), account, source_key, end);
  return told;
}

}  // namespace postern::daemon::setup
