#include "proxy/daemon/watches.h"

#include "sync/base/log.h"

namespace postern::daemon {

namespace {

void poll_all(const Daemon& daemon) {
  for (const auto& [name, service] : daemon.accounts())
    service->poll_now(engine::PollReason::surroundings);
}

}  // namespace

asio::awaitable<void> watch_network(net::NetworkWatch watch, const Daemon& daemon) {
  for (;;) {
    co_await watch.change();
    log::info("daemon", "the network changed: polling what can be polled");
    poll_all(daemon);
  }
}

asio::awaitable<void> watch_sleep(net::SleepWatch watch, const Daemon& daemon) {
  for (;;) {
    co_await watch.wake_up();
    log::info("daemon", "this machine woke up: polling what can be polled");
    poll_all(daemon);
  }
}

}  // namespace postern::daemon
