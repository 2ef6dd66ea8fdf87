#include <cstdio>
#include <system_error>

#include <fmt/core.h>

#include "proxy/daemon/archive/archive.h"
#include "proxy/daemon/archive/findings.h"
#include "proxy/daemon/meter.h"
#include "proxy/daemon/serve.h"
#include "sync/store/backup.h"

namespace postern::daemon::archive {

namespace {

namespace fs = std::filesystem;

/// One file, or a folder with a file for each account.
std::expected<bool, Problem> wants_folder(const fs::path& target, std::size_t accounts) {
  std::error_code ignored;
  if (fs::is_directory(target, ignored) || !target.has_filename()) return true;
  if (accounts == 1) return false;
  if (!fs::exists(target, ignored)) return true;
  return std::unexpected(Problem{target.string() + " is a file, and there are several accounts",
                                 "name a folder, or one account with --account"});
}

bool back_up_one(const config::Config& config, const std::string& account, const fs::path& target,
                 const BackupOptions& options) {
  std::expected<store::BackupOutcome, Problem> outcome;
  {
    Meter meter("backup of " + account);
    outcome = store::back_up(
        mail_file(config, account), target, account,
        [&meter](const store::Progress& progress) { meter.show(progress); },
        options.anew ? store::Anew::yes : store::Anew::no);
  }
  if (!outcome) {
    explain(outcome.error());
    return false;
  }
  std::string line = fmt::format(
      "{}: {} ({}) in {}; copied {} of them", account, counted(outcome->facts.messages, "message"),
      octets_text(outcome->facts.octets), target.string(), octets_text(outcome->copied_octets));
  if (outcome->dropped != 0)
    line += fmt::format(", dropped {} that are no longer here", outcome->dropped);
  fmt::print("{}\n", line);
  if (!options.verify) return true;
  const Checked checked = check_file(account, target);
  if (checked == Checked::damaged)
    explain(
        {target.string() + " is damaged",
         fmt::format("see `postern verify {}`; if all is well with it, move the backup away and "
                     "back up anew",
                     account)});
  return checked == Checked::well;
}

}  // namespace

int backup_command(const fs::path& config_file, const BackupOptions& options) {
  const auto config = load_or_explain(config_file);
  if (!config) return config.error();
  harden_process();
  be_modest();
  const auto accounts = chosen_accounts(*config, options.account);
  if (!accounts) {
    explain(accounts.error());
    return exit_failed;
  }
  const auto folder = wants_folder(options.target, accounts->size());
  if (!folder) {
    explain(folder.error());
    return exit_failed;
  }
  if (*folder) {
    std::error_code error;
    const bool made = fs::create_directories(options.target, error);
    if (made) fs::permissions(options.target, fs::perms::owner_all, error);
  }
  bool well = true;
  for (const std::string& account : *accounts) {
    // An account that has no mail yet has nothing to lose.
    std::error_code ignored;
    if (options.account.empty() && !fs::exists(mail_file(*config, account), ignored)) {
      fmt::print("{}: has no mail yet\n", account);
      continue;
    }
    const fs::path target = *folder ? options.target / (account + ".backup") : options.target;
    well = back_up_one(*config, account, target, options) && well;
  }
  return well ? exit_ok : exit_failed;
}

}  // namespace postern::daemon::archive
