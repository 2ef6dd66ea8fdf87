#include <fmt/core.h>

#include "proxy/daemon/archive/archive.h"
#include "proxy/daemon/meter.h"
#include "proxy/daemon/serve.h"
#include "proxy/daemon/state_folder.h"
#include "sync/base/log.h"
#include "sync/store/salvage.h"

namespace postern::daemon::archive {

namespace {

/// Lost messages that are shown one by one.
constexpr std::size_t shown_limit = 1000;

void print(const std::string& account, const store::Salvaged& saved) {
  std::size_t shown = 0;
  for (const auto& lost : saved.lost) {
    if (++shown > shown_limit) break;
    fmt::print("{} {} UID {}: lost{}\n", account, log::quoted(lost.mailbox), lost.uid.value,
               lost.of_source ? "; it is fetched again if the provider still has it" : "");
  }
  if (saved.lost.size() > shown_limit)
    fmt::print("{}: and {} more\n", account, saved.lost.size() - shown_limit);
  fmt::print("{}: saved {}, lost {}\n", account,
             counted(saved.messages + saved.bare + saved.recovered, "message"),
             saved.lost.size() + saved.unknown);
  if (saved.bare != 0)
    fmt::print("{}: of {} of them the flags and dates are lost\n", account, saved.bare);
  if (saved.recovered != 0)
    fmt::print("{}: {} of them are in the mailbox Recovered: where they were is lost\n", account,
               saved.recovered);
  if (saved.doubtful != 0)
    fmt::print("{}: about {} the file contradicted itself; what most of it agrees with is kept\n",
               account, counted(saved.doubtful, "message"));
  for (const std::string& note : saved.notes) fmt::print("{}: {}\n", account, note);
  fmt::print("{}: the damaged file is {}; remove it when all is well\n", account,
             saved.aside.string());
}

}  // namespace

int repair_command(const std::filesystem::path& config_file, const std::string& account) {
  const auto config = load_or_explain(config_file);
  if (!config) return config.error();
  harden_process();
  if (const auto known = chosen_accounts(*config, account); !known) {
    explain(known.error());
    return exit_failed;
  }
  const auto lock = StateFolder::open(config->state);
  if (!lock) {
    explain(lock.error());
    return exit_failed;
  }
  std::expected<store::Salvaged, Problem> saved;
  {
    Meter meter("repairing " + account);
    saved = store::salvage(account_folder(config->state, account),
                           [&meter](const store::Progress& progress) { meter.show(progress); });
  }
  if (!saved) {
    explain(saved.error());
    return exit_failed;
  }
  print(account, *saved);
  return saved->all_saved() ? exit_ok : exit_failed;
}

}  // namespace postern::daemon::archive
