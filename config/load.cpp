#include "config/load.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

#include "config/fields.h"
#include "config/report.h"
#include "config/sections.h"
#include "config/taken.h"
#include "config/values.h"

namespace postern::config {
namespace {

namespace fs = std::filesystem;

/// A variable of the environment; empty counts as not set, as the XDG rules say.
std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

/// "$XDG_..._HOME/postern", or the place below the home folder that stands for it.
fs::path xdg_folder(const char* variable, const char* below_home) {
  // A relative path in these variables is to be ignored.
  if (const auto folder = environment(variable); folder && folder->starts_with('/')) {
    return fs::path(*folder) / "postern";
  }
  const auto home = environment("HOME");
  return home ? fs::path(*home) / below_home / "postern" : fs::path();
}

fs::path default_state() {
  if (auto folders = environment("STATE_DIRECTORY")) {
    return folders->substr(0, folders->find(':'));
  }
  return xdg_folder("XDG_STATE_HOME", ".local/state");
}

void read_state(Report& report, Fields& fields, Config& config) {
  if (auto state = fields.get("state", line_of_text)) {
    config.state = report.resolve(*state);
  } else if (!fields.has("state")) {
    config.state = default_state();
    if (config.state.empty()) {
      fields.require("state", "write state: FOLDER; there is no $HOME to take it from");
    }
  }
}

Config read_config(Report& report, const Node& root) {
  Config config;
  config.file = fs::absolute(report.file());
  Fields fields(
      report, root, "",
      {"state", "listen", "tls", "accounts", "relays", "clients", "devices", "limits", "log"});
  if (root.kind != Node::Kind::mapping) return config;
  read_state(report, fields, config);
  Taken taken;
  if (const Node* node = fields.find("listen")) config.listen = read_listen(report, *node, taken);
  if (const Node* node = fields.find("tls")) config.tls = read_tls(report, *node);
  if (!fields.has("relays")) {
    fields.require("accounts", "write accounts:, below it a name like anna: and its keys");
  }
  if (const Node* node = fields.find("accounts")) config.accounts = read_accounts(report, *node);
  if (const Node* node = fields.find("relays"))
    config.relays = read_relays(report, *node, config.accounts, taken);
  for (const ScannerListener& scanner : config.listen.scanners) {
    const std::string account = scanner.device.substr(0, scanner.device.find('/'));
    if (!account.empty() &&
        std::ranges::find(config.accounts, account, &Account::name) == config.accounts.end())
      fields.mistake("listen", {fmt::format("scanner: there is no account {}", shown(account)),
                                "name one that stands under accounts:"});
  }
  if (const Node* node = fields.find("clients")) config.clients = read_clients(report, *node);
  if (const Node* node = fields.find("devices")) config.devices = read_devices(report, *node);
  if (const Node* node = fields.find("limits")) config.limits = read_limits(report, *node);
  if (const Node* node = fields.find("log")) read_log(report, *node, config);
  if (!fields.has("listen")) {
    fields.note("listen", {"is missing: mail is pulled, but no mail program can log in",
                           "write listen: {imap: 127.0.0.1:1143}"});
  }
  return config;
}

std::expected<Config, Mistakes> parse(std::string_view yaml, const fs::path& file,
                                      Report::Files files) {
  Report report(file, files);
  auto tree = read_tree(yaml);
  if (!tree) {
    report.mistake(tree.error().at, "", std::move(tree.error().problem));
    return std::unexpected(report.take_mistakes());
  }
  for (FormMistake& mistake : tree->mistakes) {
    report.mistake(mistake.at, std::move(mistake.key), std::move(mistake.problem));
  }
  if (tree->root.kind == Node::Kind::null) {
    report.mistake(tree->root.at, "",
                   {"the file is empty", "write at least accounts: and listen:"});
    return std::unexpected(report.take_mistakes());
  }
  Config config = read_config(report, tree->root);
  if (Mistakes mistakes = report.take_mistakes(); !mistakes.empty()) {
    return std::unexpected(std::move(mistakes));
  }
  config.notes = report.take_notes();
  return config;
}

}  // namespace

std::string Mistake::text() const {
  std::string out = file.string();
  if (line > 0) out += fmt::format(":{}:{}", line, column);
  if (!key.empty()) out += ": " + key;
  out += ": " + what;
  return advice.empty() ? out : out + "; " + advice;
}

std::expected<std::string, Problem> read_text(const fs::path& file) {
  std::error_code ignored;
  const fs::file_type type = fs::status(file, ignored).type();
  if (type == fs::file_type::directory)
    return std::unexpected(Problem{"is a folder", "name a file"});
  // Opening a FIFO would wait for a writer.
  const bool there = type != fs::file_type::none && type != fs::file_type::not_found;
  if (there && type != fs::file_type::regular)
    return std::unexpected(Problem{"is not a regular file", "name a file"});
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    return std::unexpected(
        Problem{fmt::format("cannot be read: {}", std::strerror(errno)),
                errno == ENOENT ? "create it, or name another with --config FILE"
                                : "check who may read it, or name another with --config FILE"});
  }
  // One octet more than is allowed is enough to know.
  std::string text(largest_file + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

std::expected<Config, Mistakes> load(const fs::path& file) {
  auto text = read_text(file);
  if (!text) {
    return std::unexpected(
        Mistakes{{file, 0, 0, "", std::move(text.error().what), std::move(text.error().advice)}});
  }
  return parse(*text, file, Report::Files::check);
}

std::expected<Config, Mistakes> parse(std::string_view yaml, const fs::path& file) {
  return parse(yaml, file, Report::Files::leave);
}

fs::path system_file() {
  return "/etc/postern/postern.yaml";
}

fs::path own_file() {
  return xdg_folder("XDG_CONFIG_HOME", ".config") / "postern.yaml";
}

fs::path default_file() {
  const fs::path own = own_file();
  const fs::path system = system_file();
  std::error_code ignored;
  if (!fs::exists(own, ignored) && fs::exists(system, ignored)) return system;
  return own.has_parent_path() ? own : system;
}

}  // namespace postern::config
