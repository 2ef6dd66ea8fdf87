#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "proxy/daemon/archive/import_folder.h"
#include "proxy/daemon/commands.h"
#include "proxy/daemon/exit_status.h"
#include "sync/base/problem.h"

namespace CLI {
class App;
}

/// Commands that work on accounts' files: backups, checks, import and export. Each is a process of
/// its own. What only reads goes to the files, beside a daemon or without one; what writes holds
/// the lock of the state folder, or asks the daemon to.
namespace postern::daemon::archive {

struct BackupOptions {
  std::filesystem::path target;  ///< a file for one account, a folder for any number
  std::string account;           ///< empty: all
  bool verify = false;           ///< reads the backup again
  bool anew = false;             ///< also over the backup of an earlier account of the name
};
int backup_command(const std::filesystem::path& config_file, const BackupOptions& options);

struct RestoreOptions {
  std::filesystem::path backup;  ///< a file, or a folder that `backup` filled
  std::string account;           ///< empty: those that the backups are of
  bool replace = false;          ///< also where there is an account already
  bool damaged = false;          ///< also a backup with damage
};
int restore_command(const std::filesystem::path& config_file, const RestoreOptions& options);

struct VerifyOptions {
  std::string account;         ///< empty: all
  std::filesystem::path file;  ///< this one instead of those of accounts
  StatusForm form = StatusForm::text;
};
int verify_command(const std::filesystem::path& config_file, const VerifyOptions& options);
/// `verify --repair`: a new file out of what can be read of a damaged one.
int repair_command(const std::filesystem::path& config_file, const std::string& account);

struct ImportOptions {
  std::string account;
  ImportChoice choice;
  bool dry_run = false;
};
int import_command(const std::filesystem::path& config_file, const ImportOptions& options);

struct ExportOptions {
  std::string account;
  std::filesystem::path target;        ///< a file for one mailbox, a folder for any number
  std::vector<std::string> mailboxes;  ///< none: all
  std::optional<wire::mbox::Variant> variant = wire::mbox::Variant::mboxrd;  ///< none: Maildir
};
int export_command(const std::filesystem::path& config_file, const ExportOptions& options);

/// Those that the configuration has, or the one of them that is meant.
[[nodiscard]] std::expected<std::vector<std::string>, Problem> chosen_accounts(
    const config::Config& config, const std::string& account);
[[nodiscard]] std::filesystem::path mail_file(const config::Config& config,
                                              const std::string& account);
/// Lets mail programs go first in all that this process does from now on.
void be_modest();

/// Adds the commands of this folder to the command line, and runs the one that was given.
class CommandLine {
 public:
  explicit CommandLine(CLI::App& app, std::filesystem::path& config_file);
  /// nullopt: it is none of them.
  [[nodiscard]] std::optional<int> run(const std::filesystem::path& config_file) const;

 private:
  CLI::App& app_;
  BackupOptions backup_;
  RestoreOptions restore_;
  VerifyOptions verify_;
  ImportOptions import_;
  ExportOptions export_;
  std::string import_format_ = "auto";
  std::string export_format_ = "mboxrd";
  bool json_ = false;
  bool repair_ = false;
};

}  // namespace postern::daemon::archive
