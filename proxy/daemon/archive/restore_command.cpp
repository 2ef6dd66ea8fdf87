#include <algorithm>
#include <system_error>

#include <fmt/core.h>

#include "proxy/daemon/archive/archive.h"
#include "proxy/daemon/archive/findings.h"
#include "proxy/daemon/meter.h"
#include "proxy/daemon/serve.h"
#include "proxy/daemon/state_folder.h"
#include "sync/base/clock.h"
#include "sync/store/backup.h"

namespace postern::daemon::archive {

namespace {

namespace fs = std::filesystem;

/// The file itself, or those that `backup` leaves in a folder.
std::vector<fs::path> backups_at(const fs::path& place) {
  std::error_code ignored;
  if (!fs::is_directory(place, ignored)) return {place};
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(place, ignored)) {
    if (entry.path().extension() == ".backup") found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

bool restore_one(const config::Config& config, const fs::path& backup, const std::string& account,
                 const RestoreOptions& options) {
  if (!verify_file(account, backup) && !options.damaged) {
    explain({backup.string() + " is damaged; nothing was changed",
             "take an older backup, or put this one back all the same with --damaged and then run "
             "`postern verify --repair " +
                 account + "`"});
    return false;
  }
  std::expected<store::RestoreOutcome, Problem> outcome;
  {
    Meter meter("restoring " + account);
    outcome = store::restore(backup, account_folder(config.state, account),
                             options.replace ? store::Replace::yes : store::Replace::no,
                             [&meter](const store::Progress& progress) { meter.show(progress); });
  }
  if (!outcome) {
    explain(outcome.error());
    return false;
  }
  fmt::print("{}: {} ({}), as of {}\n", account, counted(outcome->facts.messages, "message"),
             octets_text(outcome->facts.octets), time_text(iso8601(outcome->facts.taken)));
  if (!outcome->aside.empty())
    fmt::print("{}: what was there is in {}; remove it when all is well\n", account,
               outcome->aside.string());
  return true;
}

}  // namespace

int restore_command(const fs::path& config_file, const RestoreOptions& options) {
  const auto config = load_or_explain(config_file);
  if (!config) return config.error();
  harden_process();
  const auto lock = StateFolder::open(config->state);
  if (!lock) {
    explain(lock.error());
    return exit_failed;
  }
  if (auto parent = private_folder(config->state / "accounts"); !parent) {
    explain(parent.error());
    return exit_failed;
  }
  const std::vector<fs::path> backups = backups_at(options.backup);
  bool any = false;
  bool well = true;
  for (const fs::path& backup : backups) {
    const auto facts = store::backup_facts(backup);
    if (!facts) {
      explain(facts.error());
      well = false;
      continue;
    }
    // Of several the account is one, of a single file it is where that goes to.
    const bool single = backups.size() == 1;
    if (!single && !options.account.empty() && facts->account != options.account) continue;
    const std::string wanted = options.account.empty() ? facts->account : options.account;
    if (const auto known = chosen_accounts(*config, wanted); !known) {
      explain({known.error().what, "write it there first, or name another one with --account"});
      well = false;
      continue;
    }
    any = true;
    well = restore_one(*config, backup, wanted, options) && well;
  }
  if (well && !any) {
    explain({fmt::format("there is no backup to put back in {}", options.backup.string()),
             "name a file that `postern backup` made, or a folder of such"});
    well = false;
  }
  return well ? exit_ok : exit_failed;
}

}  // namespace postern::daemon::archive
