#include "proxy/daemon/serve.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <exception>
#include <utility>

#include <fmt/core.h>
#include <asio/experimental/as_tuple.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/use_awaitable.hpp>

#include "config/load.h"
#include "proxy/access/signal.h"
#include "proxy/daemon/commands.h"
#include "proxy/daemon/control_server.h"
#include "proxy/daemon/exit_status.h"
#include "proxy/daemon/notify.h"
#include "proxy/daemon/run_loop.h"
#include "proxy/daemon/terminal.h"
#include "proxy/daemon/watches.h"
#include "sync/base/log.h"
#include "sync/net/dial.h"
#include "sync/net/surroundings.h"
#include "sync/net/task_group.h"

namespace postern::daemon {
namespace {

/// A host may get another name without a word, and dates pass.
constexpr std::chrono::minutes certificate_interval{10};

/// What lives from the first to the last moment of the daemon.
struct Service {
  Service(asio::io_context& io, config::Config config, ServeOptions o)
      : options(std::move(o)),
        signals(io, SIGTERM, SIGINT, SIGHUP),
        daemon(io.get_executor(), std::move(config)),
        control(io.get_executor(), daemon),
        tasks(io.get_executor(), "daemon"),
        heard(io.get_executor()) {}

  asio::awaitable<void> live();
  asio::awaitable<void> hear_signals();
  asio::awaitable<bool> start();
  asio::awaitable<void> reload();
  asio::awaitable<void> try_reload();
  asio::awaitable<void> stop();
  void ask_for_reload();
  void watch_surroundings();
  [[nodiscard]] std::string summary() const {
    const std::size_t places = daemon.faces().places().size() + daemon.relays().places().size();
    return fmt::format("{}, listening on {} {}", counted(daemon.accounts().size(), "account"),
                       places, places == 1 ? "address" : "addresses");
  }

  ServeOptions options;
  asio::signal_set signals;
  Daemon daemon;
  ControlServer control;
  net::TaskGroup tasks;
  access::Signal heard;  ///< what follows has changed
  bool ending = false;
  bool reload_wanted = false;
  int status = exit_ok;
};

asio::awaitable<void> feed_watchdog(std::chrono::microseconds interval) {
  for (;;) {
    notify::alive();
    co_await net::pause(interval);
  }
}

void Service::watch_surroundings() {
  auto network = net::NetworkWatch::open(signals.get_executor());
  if (network)
    tasks.spawn("network", watch_network(std::move(*network), daemon));
  else
    log::warning("daemon", "{}", network.error().text());
  auto sleep = net::SleepWatch::open(signals.get_executor());
  if (sleep)
    tasks.spawn("sleep", watch_sleep(std::move(*sleep), daemon));
  else
    log::warning("daemon", "{}", sleep.error().text());
  std::shared_ptr<net::FileWatch> files;
  if (auto opened = net::FileWatch::open(signals.get_executor(), {})) {
    files = std::make_shared<net::FileWatch>(std::move(*opened));
    tasks.spawn("certificate files", watch_certificate_files(files, daemon));
  } else {
    log::warning("daemon", "{}", opened.error().text());
  }
  tasks.spawn("certificate", look_after_certificate(files, daemon, certificate_interval));
}

void Service::ask_for_reload() {
  reload_wanted = true;
  daemon.announce_reload();
  heard.raise();
}

asio::awaitable<bool> Service::start() {
  if (options.reload_from) daemon.set_reloader([this] { ask_for_reload(); });
  // Whoever asks while the daemon starts is answered once it runs, not told that nobody is there.
  auto problem = control.open();
  if (!problem) problem = co_await daemon.start();
  if (problem) {
    explain(*problem);
    status = exit_failed;
    co_return false;
  }
  if (ending) co_return false;
  control.answer();
  if (const auto interval = notify::watchdog_interval()) {
    tasks.spawn("watchdog", feed_watchdog(*interval));
  }
  watch_surroundings();
  log::info("daemon", "ready: {}", summary());
  notify::ready(summary());
  if (options.on_ready) options.on_ready(daemon);
  co_return true;
}

asio::awaitable<void> Service::reload() {
  notify::reloading();
  std::string problem;
  auto loaded = config::load(*options.reload_from);
  if (!loaded) {
    for (const auto& mistake : loaded.error()) {
      log::error("config", "{}", mistake.text());
      problem += (problem.empty() ? "" : "\n") + mistake.text();
    }
  } else {
    const auto level = loaded->log_level;
    const auto format = loaded->log_format;
    const auto refused = co_await daemon.reload(std::move(*loaded));
    if (refused) {
      problem = refused->text();
      log::error("config", "{}", problem);
    } else {
      log::configure(level, format);
    }
  }
  if (problem.empty()) {
    log::info("config", "reloaded {}: {}", options.reload_from->string(), summary());
  } else {
    log::error("config", "the configuration before stays in force");
  }
  daemon.set_reload_problem(problem);
  notify::ready(problem.empty() ? summary()
                                : "the changed configuration is not in force: " +
                                      problem.substr(0, problem.find('\n')));
}

asio::awaitable<void> Service::stop() {
  notify::stopping();
  control.stop();
  tasks.cancel();
  co_await tasks.join();
  co_await daemon.stop();
  co_await control.join();
}

/// A reload that fails in the middle must not leave a daemon that hears no signal.
asio::awaitable<void> Service::try_reload() {
  try {
    co_await reload();
  } catch (const std::exception& error) {
    log::error("config", "reloading failed: {}; restart the daemon", error.what());
    daemon.set_reload_problem(error.what());
    notify::ready("reloading failed: " + std::string(error.what()));
  }
  if (!reload_wanted) daemon.end_reload();
}

asio::awaitable<void> Service::live() {
  const bool started = co_await start();
  while (started && !ending) {
    co_await heard.wait();
    const bool reloads = !ending && std::exchange(reload_wanted, false);
    if (reloads) co_await try_reload();
  }
  co_await stop();
}

/// Beside everything else, so that the end need not wait for a start or a reload.
asio::awaitable<void> Service::hear_signals() {
  while (!ending) {
    const auto [error, number] =
        co_await signals.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
    if (error) co_return;
    if (number == SIGHUP) {
      if (options.reload_from) ask_for_reload();
    } else {
      log::info("daemon", "stopping");
      ending = true;
      daemon.hurry();
    }
    heard.raise();
  }
}

}  // namespace

void harden_process() {
  ::umask(077);
  std::signal(SIGPIPE, SIG_IGN);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int serve(config::Config config, const StateFolder& /*folder*/, ServeOptions options) {
  asio::io_context io(1);
  Service service(io, std::move(config), std::move(options));
  service.tasks.spawn("signals", service.hear_signals());
  run_to_end(io, service.live());
  return service.status;
}

}  // namespace postern::daemon
