#include "proxy/daemon/watches.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <string>

#include <gtest/gtest.h>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include "proxy/daemon/state_folder.h"
#include "sync/net/dial.h"
#include "sync/net/task_group.h"
#include "tests/daemon/folder.h"
#include "tests/support/hostile_pop3.h"

namespace postern::daemon::test {
namespace {

using namespace std::chrono_literals;
using postern::test::HostilePop3;

/// The machine's clocks and its timer, as the kernel would show them.
struct Machine {
  Machine() : timer(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  void set_clock() const {
    const std::uint64_t once = 1;
    EXPECT_EQ(::write(timer, &once, sizeof once), ssize_t{sizeof once});
  }
  void sleep(std::chrono::seconds time) {
    now.boot += time;
    set_clock();
  }

  int timer;  ///< the watch owns it
  net::SleepGauge::Clocks now{1000s, 900s};
};

asio::awaitable<void> until_sessions(const HostilePop3& server, std::size_t count) {
  while (server.sessions < count) co_await net::pause(1ms);
}

/// A server that could not be reached is polled again only after a minute, and at once when the
/// machine wakes up.
asio::awaitable<void> wake_up_and_poll(asio::any_io_executor executor, config::Config config,
                                       HostilePop3& server, Machine& machine) {
  net::SleepWatch watch(executor, machine.timer, [&machine] { return machine.now; });
  Daemon daemon(executor, std::move(config));
  const auto problem = co_await daemon.start();
  EXPECT_FALSE(problem.has_value()) << problem->text();
  net::TaskGroup group(executor, "test");
  group.spawn("sleep", watch_sleep(std::move(watch), daemon));
  co_await until_sessions(server, 1);
  const auto& service = daemon.accounts().at("anna");
  while (service->sources().front().state != engine::SourceState::unreachable)
    co_await net::pause(1ms);

  machine.set_clock();  // which is no sleep
  co_await net::pause(20ms);
  EXPECT_EQ(server.sessions, 1U);

  server.quirks = {};
  machine.sleep(3600s);
  co_await until_sessions(server, 2);
  while (service->sources().front().state != engine::SourceState::idle) co_await net::pause(1ms);
  EXPECT_EQ(service->sources().front().fetched, 1U);

  group.cancel();
  co_await group.join();
  co_await daemon.stop();
  server.stop();
  co_await server.join();
}

TEST(Watches, AMachineThatWakesUpPolls) {
  const TemporaryFolder folder;
  asio::io_context io;
  HostilePop3 server(io.get_executor());
  server.maildrop = {{"a", "Subject: 1\r\n\r\none\r\n"}};
  server.quirks.instead["CAPA"] = "";
  config::Source source;
  source.server = {"127.0.0.1", server.port()};
  source.tls = config::Tls::none;
  source.username = "anna";
  source.password = {config::SecretSource::Plain{Secret("secret")}};
  config::Config config;
  config.state = folder.path / "state";
  config.listen.imap = {"127.0.0.1:0"};
  config.accounts = {{"anna", source.password, {source}, {}}};
  const auto lock = StateFolder::open(config.state);
  ASSERT_TRUE(lock.has_value()) << lock.error().text();

  Machine machine;
  std::exception_ptr failure;
  asio::co_spawn(io, wake_up_and_poll(io.get_executor(), config, server, machine),
                 [&failure](const std::exception_ptr& e) { failure = e; });
  io.run();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace
}  // namespace postern::daemon::test
