#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "config/load.h"
#include "proxy/daemon/archive/archive.h"

namespace postern::daemon::archive {

namespace {

CLI::App* add_command(CLI::App& app, std::filesystem::path& config_file, const char* name,
                      const char* purpose) {
  CLI::App* command = app.add_subcommand(name, purpose);
  command
      ->add_option("--config", config_file,
                   "the configuration; default: " + config::default_file().string())
      ->type_name("FILE");
  return command;
}

}  // namespace

CommandLine::CommandLine(CLI::App& app, std::filesystem::path& config_file) : app_(app) {
  CLI::App* backup = add_command(app, config_file, "backup",
                                 "Bring a backup up to date, also while the daemon runs");
  backup->add_option("target", backup_.target, "a file, or a folder for one file an account")
      ->type_name("FILE-OR-FOLDER")
      ->required();
  backup->add_option("--account", backup_.account, "only this one")->type_name("NAME");
  backup->add_flag("--verify", backup_.verify, "read the backup again and check all of it");

  CLI::App* restore = add_command(app, config_file, "restore",
                                  "Put accounts back from a backup; the daemon must not run");
  restore->add_option("backup", restore_.backup, "what `postern backup` made")
      ->type_name("FILE-OR-FOLDER")
      ->required();
  restore->add_option("--account", restore_.account, "only this one; of a single file: as this one")
      ->type_name("NAME");
  restore->add_flag("--replace", restore_.replace,
                    "also where there is an account; its file is kept aside");
  restore->add_flag("--damaged", restore_.damaged, "also a backup with damage");

  CLI::App* verify = add_command(
      app, config_file, "verify",
      "Read all that is stored and check it against its hashes; status 1 if anything is wrong");
  CLI::Option* account =
      verify->add_option("account", verify_.account, "only this one")->type_name("ACCOUNT");
  verify->add_option("--file", verify_.file, "a backup, or any file of an account")
      ->type_name("FILE")
      ->excludes(account);
  CLI::Option* json = verify->add_flag("--json", json_, "for programs");
  verify
      ->add_flag("--repair", repair_,
                 "save what can be read of a damaged account; the daemon must not run")
      ->needs(account)
      ->excludes(json);
}

std::optional<int> CommandLine::run(const std::filesystem::path& config_file) const {
  if (app_.got_subcommand("backup")) return backup_command(config_file, backup_);
  if (app_.got_subcommand("restore")) return restore_command(config_file, restore_);
  if (app_.got_subcommand("verify")) {
    if (repair_) return repair_command(config_file, verify_.account);
    VerifyOptions verify = verify_;
    if (json_) verify.form = StatusForm::json;
    return verify_command(config_file, verify);
  }
  return std::nullopt;
}

}  // namespace postern::daemon::archive
