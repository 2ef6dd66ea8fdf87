#include <cstdio>

#include <fmt/core.h>

#include "config/load.h"
#include "proxy/daemon/commands.h"
#include "proxy/daemon/exit_status.h"
#include "proxy/daemon/terminal.h"

namespace postern::daemon {

void explain(const Problem& problem) {
  fmt::print(stderr, "postern: {}\n", problem.what);
  if (!problem.advice.empty()) fmt::print(stderr, "  {}\n", problem.advice);
}

std::expected<config::Config, int> load_or_explain(const std::filesystem::path& config_file) {
  auto loaded = config::load(config_file);
  if (loaded) return std::move(*loaded);
  for (const auto& mistake : loaded.error()) fmt::print(stderr, "{}\n", mistake.text());
  return std::unexpected(int{exit_config});
}

int check_command(const std::filesystem::path& config_file) {
  const auto config = load_or_explain(config_file);
  if (!config) return config.error();
  for (const auto& note : config->notes) fmt::print("{}\n", note);
  std::size_t sources = 0;
  for (const auto& account : config->accounts) sources += account.sources.size();
  fmt::print("{} is valid: {} accounts, {} sources\n", config->file.string(),
             config->accounts.size(), sources);
  return exit_ok;
}

}  // namespace postern::daemon
