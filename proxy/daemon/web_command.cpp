#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "proxy/daemon/commands.h"
#include "proxy/daemon/control_client.h"
#include "proxy/daemon/exit_status.h"
#include "proxy/daemon/setup/new_files.h"

namespace postern::daemon {
namespace {

bool has_screen() {
  return std::getenv("DISPLAY") != nullptr || std::getenv("WAYLAND_DISPLAY") != nullptr;
}

/// By way of a file that only this user can read: everybody can see what a program is called with.
void open_browser(const std::filesystem::path& state, const std::string& address) {
  const std::filesystem::path file = state / "page.html";
  setup::NewFiles files;
  const std::string text = fmt::format(
      "<!doctype html><meta charset=\"utf-8\"><title>Postern</title>"
      "<meta http-equiv=\"refresh\" content=\"0; url={}\">\n",
      address);
  if (!files.replace(file, text)) return;
  files.keep();
  std::string name = "xdg-open";
  std::string argument = file.string();
  const std::array<char*, 3> arguments{name.data(), argument.data(), nullptr};
  pid_t child = 0;
  if (::posix_spawnp(&child, name.c_str(), nullptr, nullptr, arguments.data(), environ) == 0)
    ::waitpid(child, nullptr, 0);
}

}  // namespace

int web_command(const std::filesystem::path& config_file, PageLink link) {
  using nlohmann::json;
  auto config = load_or_explain(config_file);
  if (!config) return config.error();
  const json question = {{"ask", "page"}};
  json reply;
  const Asked asked =
      ask_daemon(config->state, question, [&reply](const json& line) { reply = line; });
  if (asked == Asked::forbidden) {
    explain(forbidden(config->state));
    return exit_failed;
  }
  if (asked != Asked::answered) {
    explain({"no daemon is running, so there is no page", "start it: postern run"});
    return exit_failed;
  }
  const std::string address = reply.value("address", "");
  if (address.empty()) {
    explain({reply.value("error", "the daemon gave no address"), ""});
    return exit_failed;
  }
  fmt::print("{}\n", address);
  if (link == PageLink::printed) return exit_ok;
  fmt::print("The link opens the page once, within half an hour.\n");
  std::fflush(stdout);
  if (has_screen()) open_browser(config->state, address);
  return exit_ok;
}

}  // namespace postern::daemon
