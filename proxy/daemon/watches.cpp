#include "proxy/daemon/watches.h"

#include "sync/base/log.h"
#include "sync/net/dial.h"

namespace postern::daemon {

namespace {

void poll_all(const Daemon& daemon) {
  for (const auto& [name, service] : daemon.accounts())
    service->poll_now(engine::PollReason::surroundings);
}

}  // namespace

asio::awaitable<void> watch_network(net::NetworkWatch watch, Daemon& daemon) {
  for (;;) {
    co_await watch.change();
    log::info("daemon", "the network changed: polling what can be polled");
    poll_all(daemon);
    daemon.refresh_certificate();
  }
}

asio::awaitable<void> watch_sleep(net::SleepWatch watch, Daemon& daemon) {
  for (;;) {
    co_await watch.wake_up();
    log::info("daemon", "this machine woke up: polling what can be polled");
    poll_all(daemon);
    daemon.refresh_certificate();
  }
}

asio::awaitable<void> watch_certificate_files(std::shared_ptr<net::FileWatch> watch,
                                              Daemon& daemon) {
  for (;;) {
    co_await watch->change();
    daemon.refresh_certificate();
  }
}

asio::awaitable<void> look_after_certificate(std::shared_ptr<net::FileWatch> watch, Daemon& daemon,
                                             std::chrono::seconds interval) {
  for (;;) {
    // Also after a reload that named others, a little later.
    if (watch) watch->follow(daemon.faces().certificate().files());
    co_await net::pause(interval);
    daemon.refresh_certificate();
  }
}

}  // namespace postern::daemon
