#include <array>
#include <utility>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

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

constexpr std::array<std::pair<const char*, wire::mbox::Variant>, 4> variants = {{
    {"mboxo", wire::mbox::Variant::mboxo},
    {"mboxrd", wire::mbox::Variant::mboxrd},
    {"mboxcl", wire::mbox::Variant::mboxcl},
    {"mboxcl2", wire::mbox::Variant::mboxcl2},
}};

std::optional<wire::mbox::Variant> variant_of(const std::string& word) {
  for (const auto& [name, variant] : variants) {
    if (word == name) return variant;
  }
  return std::nullopt;
}

void add_import(CLI::App& app, std::filesystem::path& config_file, ImportOptions& options,
                std::string& format) {
  CLI::App* import = add_command(app, config_file, "import",
                                 "Take mail from mbox files, a Maildir or a Thunderbird profile; "
                                 "repeated, nothing comes twice");
  import->add_option("account", options.account, "that takes it")->type_name("ACCOUNT")->required();
  import
      ->add_option("path", options.choice.path,
                   "an mbox, a folder of them, a Maildir, a Thunderbird profile")
      ->type_name("PATH")
      ->required();
  import
      ->add_option("--into", options.choice.into,
                   "the mailbox for a single mbox and for INBOX; other folders go below it")
      ->type_name("MAILBOX");
  import
      ->add_option("--format", format,
                   "auto, mbox, maildir, thunderbird; or how mbox files are quoted: mboxo, mboxrd, "
                   "mboxcl, mboxcl2")
      ->type_name("FORMAT")
      ->check(CLI::IsMember(
          {"auto", "mbox", "maildir", "thunderbird", "mboxo", "mboxrd", "mboxcl", "mboxcl2"}));
  import->add_flag("--dry-run", options.dry_run, "tell what would be added; nothing changes");
}

void add_export(CLI::App& app, std::filesystem::path& config_file, ExportOptions& options,
                std::string& format) {
  CLI::App* command = add_command(app, config_file, "export",
                                  "Write mailboxes as mbox files or as a Maildir, also while the "
                                  "daemon runs; repeated, it goes on");
  command->add_option("account", options.account, "whose mail")->type_name("ACCOUNT")->required();
  command->add_option("path", options.target, "a folder; or a file, with one --mailbox and mbox")
      ->type_name("PATH")
      ->required();
  command->add_option("--mailbox", options.mailboxes, "only this one; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command->add_option("--format", format, "mboxrd (default), mboxo, mboxcl, mboxcl2, maildir")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"mboxrd", "mboxo", "mboxcl", "mboxcl2", "maildir"}));
}

int run_import(const std::filesystem::path& config_file, ImportOptions options,
               const std::string& format) {
  options.choice.variant = variant_of(format);
  if (format == "mbox" || options.choice.variant) options.choice.format = ImportFormat::mbox;
  if (format == "maildir") options.choice.format = ImportFormat::maildir;
  if (format == "thunderbird") options.choice.format = ImportFormat::thunderbird;
  return import_command(config_file, options);
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
  backup->add_flag("--anew", backup_.anew,
                   "also if the account was made anew, or lost most of what the backup has");

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

  add_import(app, config_file, import_, import_format_);
  add_export(app, config_file, export_, export_format_);

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
  if (app_.got_subcommand("import")) return run_import(config_file, import_, import_format_);
  if (app_.got_subcommand("export")) {
    ExportOptions options = export_;
    options.variant = variant_of(export_format_);
    return export_command(config_file, options);
  }
  if (app_.got_subcommand("verify")) {
    if (repair_) return repair_command(config_file, verify_.account);
    VerifyOptions verify = verify_;
    if (json_) verify.form = StatusForm::json;
    return verify_command(config_file, verify);
  }
  return std::nullopt;
}

}  // namespace postern::daemon::archive
