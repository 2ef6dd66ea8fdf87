#include "proxy/daemon/commands.h"

#include <cstdio>
#include <utility>

#include <fmt/core.h>

#include "config/load.h"
#include "proxy/daemon/exit_status.h"

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

}  // namespace postern::daemon
