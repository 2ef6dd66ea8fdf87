#include "proxy/daemon/command_line.h"

#include <cstdio>
#include <exception>

#include <fmt/core.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "config/load.h"
#include "proxy/daemon/archive/archive.h"
#include "proxy/daemon/commands.h"
#include "proxy/daemon/devices/device_command.h"
#include "proxy/daemon/dns_command.h"
#include "proxy/daemon/exit_status.h"

namespace postern::daemon {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  fs::path config;
  std::string account;
  fs::path state;
  bool json = false;
  LoginOptions login;
  bool dry_run = false;
  bool confirm_removals = false;
  bool device = false;
  bool browser = false;
  std::string through;
  fs::path folder;
  std::string domain;
  bool print = false;
};

CLI::App* add_command(CLI::App& app, Arguments& arguments, const char* name, const char* purpose) {
  CLI::App* command = app.add_subcommand(name, purpose);
  command
      ->add_option("--config", arguments.config,
                   fmt::format("the configuration; default: {}, or {} if only that is there",
                               config::own_file().string(), config::system_file().string()))
      ->type_name("FILE");
  return command;
}

void add_login(CLI::App& app, Arguments& arguments) {
  CLI::App* login =
      add_command(app, arguments, "login", "Sign in to a provider that wants OAuth, in a browser");
  login->add_option("account", arguments.login.account, "whose source it is")
      ->type_name("ACCOUNT")
      ->required();
  login->add_option("--source", arguments.login.source, "if there are several: key or user name")
      ->type_name("KEY");
  CLI::Option* device =
      login->add_flag("--device", arguments.device, "type a code into a browser anywhere");
  login->add_flag("--browser", arguments.browser, "a browser on this machine comes back here")
      ->excludes(device);
}

void add_sync(CLI::App& app, Arguments& arguments) {
  CLI::App* sync =
      add_command(app, arguments, "sync",
                  "Poll, and send what waits in Outbox, now; 0 once the mail is stored");
  sync->add_option("account", arguments.account, "only this one")->type_name("ACCOUNT");
  CLI::Option* dry_run = sync->add_flag(
      "--dry-run", arguments.dry_run,
      "tell what would be fetched and deleted, and why; nothing changes, there or here");
  sync->add_flag("--confirm-removals", arguments.confirm_removals,
                 "move to Trash what is gone at the provider, however much it is "
                 "(gone_upstream: trash)")
      ->excludes(dry_run);
}

void add_web(CLI::App& app, Arguments& arguments) {
  add_command(app, arguments, "web", "Open the page of the daemon that runs, in a browser")
      ->add_flag("--print", arguments.print, "only print the link, which opens it once");
}

void add_doctor(CLI::App& app, Arguments& arguments) {
  CLI::App* doctor = add_command(
      app, arguments, "doctor",
      "Look at everything between here and an account's servers; what it prints may be shown to "
      "all");
  doctor->add_option("account", arguments.account, "whose sources and servers for sending")
      ->type_name("ACCOUNT")
      ->required();
  doctor->add_flag("--json", arguments.json, "for programs");
}

void add_announce(CLI::App& app, Arguments& arguments) {
  CLI::App* announce =
      add_command(app, arguments, "announce",
                  "Print the service files by which programs in the network find this one");
  announce
      ->add_option("through", arguments.through,
                   "whose files: avahi (one), or resolved (systemd-resolved, one for each service)")
      ->type_name("SERVICE")
      ->required()
      ->check(CLI::IsMember({"avahi", "resolved"}));
  announce->add_option("folder", arguments.folder, "write them there instead of printing them")
      ->type_name("DIR");
}

void add_dns(CLI::App& app, Arguments& arguments) {
  add_command(app, arguments, "dns",
              "Print the records by which programs find this server from a mail address, to copy "
              "into the zone of its domain")
      ->add_option("domain", arguments.domain, "behind the @: example.net")
      ->type_name("DOMAIN")
      ->required()
      ->check(CLI::Validator(
          [](const std::string& domain) {
            const bool fits = !domain.empty() && domain.size() <= 253 &&
                              domain.find_first_not_of(
                                  "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == std::string::npos;
            return fits ? "" : "not the name of a domain: letters, digits, hyphens and dots";
          },
          ""));
}

int dispatch(const CLI::App& app, const Arguments& arguments, const archive::CommandLine& archive,
             const DeviceCommandLine& device) {
  const fs::path config = arguments.config.empty() ? config::default_file() : arguments.config;
  if (const auto status = archive.run(config)) return *status;
  if (const auto status = device.run(config)) return *status;
  if (app.got_subcommand("run")) return run_command(config);
  if (app.got_subcommand("check")) return check_command(config);
  if (app.got_subcommand("status")) {
    return status_command(config, arguments.json ? StatusForm::json : StatusForm::text);
  }
  if (app.got_subcommand("sync")) {
    SyncOptions sync{arguments.account};
    if (arguments.dry_run) sync.wish = engine::PollWish::dry_run;
    if (arguments.confirm_removals) sync.wish = engine::PollWish::confirm_removals;
    return sync_command(config, sync);
  }
  if (app.got_subcommand("web")) {
    return web_command(config, arguments.print ? PageLink::printed : PageLink::opened);
  }
  if (app.got_subcommand("setup")) return setup_command(config);
  if (app.got_subcommand("doctor")) {
    return doctor_command(config, arguments.account,
                          arguments.json ? StatusForm::json : StatusForm::text);
  }
  if (app.got_subcommand("announce")) {
    AnnounceOptions announce;
    if (arguments.through == "resolved") announce.through = AnnounceOptions::Through::resolved;
    if (!arguments.folder.empty()) announce.folder = arguments.folder;
    return announce_command(config, announce);
  }
  if (app.got_subcommand("dns")) return dns_command(config, arguments.domain);
  if (app.got_subcommand("login")) {
    LoginOptions login = arguments.login;
    if (arguments.device) login.way = SignInWay::device;
    if (arguments.browser) login.way = SignInWay::browser;
    return login_command(config, login);
  }
  return demo_command(arguments.state.empty() ? std::nullopt : std::optional(arguments.state));
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app("Postern gives a POP3 mail account what IMAP users take for granted.", "postern");
  app.set_version_flag("--version", "postern " POSTERN_VERSION);
  app.require_subcommand(1);
  Arguments arguments;
  add_command(app, arguments, "setup",
              "Ask for a mail address and a password, try them, write the configuration");
  add_command(app, arguments, "run", "Fetch mail, serve it and send it, in the foreground");
  add_command(app, arguments, "check",
              "Look for mistakes in the configuration; status 78 if there are any");
  add_command(app, arguments, "status",
              "Show accounts, sources, last and next poll, Outbox, devices, connections")
      ->add_flag("--json", arguments.json, "for programs");
  add_sync(app, arguments);
  add_login(app, arguments);
  add_doctor(app, arguments);
  add_announce(app, arguments);
  add_dns(app, arguments);
  const DeviceCommandLine device(app, arguments.config);
  add_web(app, arguments);
  const archive::CommandLine archive(app, arguments.config);
  CLI::App* demo = app.add_subcommand(
      "demo", "Try it out on loopback, with a POP3 provider and sample mail built in");
  demo->add_option("--state", arguments.state, "keep the demo's mail in this folder")
      ->type_name("DIR");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (argc == 1) {
      fmt::print(stderr, "{}", app.help());
      return exit_usage;
    }
    return app.exit(error) == 0 ? exit_ok : exit_usage;
  }
  try {
    return dispatch(app, arguments, archive, device);
  } catch (const std::exception& error) {
    explain({error.what(),
             "if this makes no sense to you, it is a mistake in postern: please report it"});
    return exit_failed;
  }
}

}  // namespace postern::daemon
