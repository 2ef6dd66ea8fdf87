#include <cstdio>

#include <fmt/core.h>

#include "proxy/daemon/commands.h"
#include "proxy/daemon/exit_status.h"
#include "proxy/daemon/terminal.h"

namespace postern::daemon {

int check_command(const std::filesystem::path& config_file) {
  const auto config = load_or_explain(config_file);
  if (!config) return config.error();
  for (const auto& note : config->notes) fmt::print("{}\n", note);
  std::size_t sources = 0;
  for (const auto& account : config->accounts) sources += account.sources.size();
  fmt::print("{} is valid: {}, {}\n", config->file.string(),
             counted(config->accounts.size(), "account"), counted(sources, "source"));
  return exit_ok;
}

}  // namespace postern::daemon
