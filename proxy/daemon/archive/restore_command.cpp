#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

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
  const Checked checked = check_file(account, backup);
  if (checked == Checked::not_checked) return false;
  if (checked == Checked::damaged && !options.damaged) {
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

struct Found {
  fs::path file;
  std::string account;
};

/// Those that are meant, and whether all that lie there could be read.
std::pair<std::vector<Found>, bool> meant(const RestoreOptions& options) {
  std::error_code ignored;
  // A single file is put back as the account that is named, of several that one is chosen.
  const bool folder = fs::is_directory(options.backup, ignored);
  std::vector<Found> found;
  bool well = true;
  for (const fs::path& file : backups_at(options.backup)) {
    const auto facts = store::backup_facts(file);
    if (!facts) {
      explain(facts.error());
      well = false;
      continue;
    }
    if (folder && !options.account.empty() && facts->account != options.account) continue;
    found.push_back({file, options.account.empty() ? facts->account : options.account});
  }
  std::ranges::stable_sort(found, {}, &Found::account);
  return {std::move(found), well};
}

bool restore_all(const config::Config& config, const RestoreOptions& options) {
  auto [backups, well] = meant(options);
  if (const auto twice = std::ranges::adjacent_find(backups, {}, &Found::account);
      twice != backups.end()) {
    explain({fmt::format("{} and {} are both backups of {}; nothing was changed",
                         twice->file.string(), std::next(twice)->file.string(), twice->account),
             "name the file that is to be put back"});
    return false;
  }
  if (well && backups.empty()) {
    explain({options.account.empty()
                 ? fmt::format("there is no backup to put back in {}", options.backup.string())
                 : fmt::format("there is no backup of {} in {}", options.account,
                               options.backup.string()),
             "name a file that `postern backup` made, or a folder of such"});
    return false;
  }
  for (const Found& backup : backups) {
    if (const auto known = chosen_accounts(config, backup.account); !known) {
      explain({known.error().what, "write it there first, or name another one with --account"});
      well = false;
      continue;
    }
    well = restore_one(config, backup.file, backup.account, options) && well;
  }
  return well;
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
  return restore_all(*config, options) ? exit_ok : exit_failed;
}

}  // namespace postern::daemon::archive
