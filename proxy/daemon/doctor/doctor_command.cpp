#include <sys/stat.h>

#include <algorithm>
#include <cstdio>

#include <fmt/core.h>
#include <asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "proxy/daemon/commands.h"
#include "proxy/daemon/control_client.h"
#include "proxy/daemon/control_server.h"
#include "proxy/daemon/doctor/examination.h"
#include "proxy/daemon/doctor/lender.h"
#include "proxy/daemon/doctor/outgoing_examination.h"
#include "proxy/daemon/exit_status.h"
#include "proxy/daemon/run_loop.h"
#include "proxy/daemon/serve.h"
#include "proxy/daemon/status_report.h"
#include "sync/base/log.h"

namespace postern::daemon {
namespace {

using doctor::Circumstances;
using doctor::SourceReport;
using nlohmann::json;

/// What the daemon says about the sources of an account; empty if none runs.
json daemon_sources(const config::Config& config, const std::string& account) {
  json sources = json::array();
  const json question = {{"ask", "status"}};
  ask_daemon(config.state, question, [&](const json& status) {
    for (const json& each : status.value("accounts", json::array())) {
      if (each.value("name", "") == account) sources = each.value("sources", json::array());
    }
  });
  return sources;
}

/// When the configuration or the store was last written: the clock stood there once.
std::optional<WallTime> newest_file(const config::Config& config) {
  std::optional<WallTime> newest;
  for (const auto& file : {config.file, config.state}) {
    struct stat facts{};
    if (::stat(file.c_str(), &facts) != 0) continue;
    const WallTime written{std::chrono::seconds(facts.st_mtim.tv_sec)};
    newest = std::max(newest.value_or(written), written);
  }
  return newest;
}

struct Reports {
  std::vector<SourceReport> sources;
  std::vector<SourceReport> outgoing;
};

bool login_refused(const SourceReport& report) {
  const auto login = std::ranges::find(report.steps, "login", &doctor::Step::name);
  return login != report.steps.end() && login->outcome == doctor::Outcome::bad;
}

asio::awaitable<void> examine_all(const config::Account& account, Circumstances common,
                                  const json& from_daemon, doctor::Lender& lender,
                                  Reports& reports) {
  for (const config::Source& source : account.sources) {
    Circumstances circumstances = common;
    for (const json& each : from_daemon) {
      if (each.value("source", "") == source.key()) circumstances.daemon = source_from_json(each);
    }
    SourceReport report = co_await doctor::examine(source, std::move(circumstances), lender);
    reports.sources.push_back(std::move(report));
  }
  for (const config::Outgoing& server : account.outgoing) {
    doctor::OutgoingCircumstances circumstances{common.account, {}, common.newest_file};
    const auto source = std::ranges::find(account.sources, server.source, &config::Source::key);
    if (source != account.sources.end()) {
      circumstances.source = *source;
      const auto place = static_cast<std::size_t>(source - account.sources.begin());
      if (login_refused(reports.sources[place]))
        circumstances.source_login = doctor::OutgoingCircumstances::SourceLogin::refused;
    }
    SourceReport report = co_await doctor::examine(server, std::move(circumstances), lender);
    reports.outgoing.push_back(std::move(report));
  }
}

json to_json(const std::vector<SourceReport>& reports) {
  json out = json::array();
  for (const SourceReport& report : reports) out.push_back(to_json(report));
  return out;
}

void print(const Reports& reports, StatusForm form) {
  if (form == StatusForm::json) {
    fmt::print("{}\n", one_line({{"version", POSTERN_VERSION},
                                 {"sources", to_json(reports.sources)},
                                 {"outgoing", to_json(reports.outgoing)}}));
    return;
  }
  for (const SourceReport& report : reports.sources)
    fmt::print("{}\n", doctor::to_text(report, standard_output()));
  for (const SourceReport& report : reports.outgoing)
    fmt::print("Sending: {}\n", doctor::to_text(report, standard_output()));
  if (reports.sources.empty() && reports.outgoing.empty()) {
    fmt::print(
        "there is nothing to look at: the account has no sources, and no server to send by\n");
  }
}

bool well(const std::vector<SourceReport>& reports) {
  return std::ranges::none_of(
      reports, [](const SourceReport& report) { return report.outcome() == doctor::Outcome::bad; });
}

}  // namespace

int doctor_command(const std::filesystem::path& config_file, const std::string& account,
                   StatusForm form) {
  const auto config = load_or_explain(config_file);
  if (!config) return config.error();
  harden_process();
  log::configure(log::Level::error, config->log_format);
  const auto found = std::ranges::find(config->accounts, account, &config::Account::name);
  if (found == config->accounts.end()) {
    explain({unknown_account(account, *config), ""});
    return exit_failed;
  }
  asio::io_context io(1);
  Reports reports;
  const json from_daemon = daemon_sources(*config, account);
  Circumstances common{account, {}, newest_file(*config)};
  const auto lender = doctor::lender(io.get_executor(), *config, *found);
  run_to_end(io, examine_all(*found, std::move(common), from_daemon, *lender, reports));
  print(reports, form);
  return well(reports.sources) && well(reports.outgoing) ? exit_ok : exit_failed;
}

}  // namespace postern::daemon
