#include "proxy/daemon/daemon.h"

#include <algorithm>
#include <expected>
#include <thread>
#include <utility>

#include "config/secret_source.h"
#include "sync/base/log.h"
#include "sync/net/completion.h"

namespace postern::daemon {
namespace {

constexpr std::chrono::seconds patience_with_sessions{5};

using Password = std::expected<Secret, Problem>;
using Passwords = std::vector<Password>;

/// Secrets may come from a command that takes its time, so they are read beside the network
/// thread.
asio::awaitable<Passwords> read_passwords(std::vector<config::SecretSource> sources) {
  std::thread reader;
  auto start = [&reader, sources](auto done) {
    reader = std::thread([done, sources] {
      Passwords out;
      for (const auto& source : sources) out.push_back(config::read_secret(source));
      done(std::move(out));
    });
  };
  auto passwords = co_await net::completion<Passwords>(start);
  reader.join();
  co_return passwords;
}

}  // namespace

Daemon::Daemon(asio::any_io_executor executor, config::Config config)
    : executor_(executor), config_(std::move(config)), faces_(executor, directory_, config_) {}

asio::awaitable<void> Daemon::take_accounts() {
  std::vector<config::SecretSource> places;
  places.reserve(config_.accounts.size());
  for (const auto& account : config_.accounts) places.push_back(account.password);
  const Passwords passwords = co_await read_passwords(std::move(places));

  Accounts gone = std::exchange(accounts_, {});
  gone.merge(retired_);
  for (std::size_t i = 0; i < config_.accounts.size(); ++i) {
    const config::Account& account = config_.accounts[i];
    auto node = gone.extract(account.name);
    auto service = node ? std::move(node.mapped())
                        : std::make_shared<AccountService>(executor_, account.name, config_.state);
    accounts_[account.name] = service;
    co_await service->start(account.sources);
    if (!passwords[i]) {
      log::error("account", "{}: nobody can log in: {}", account.name, passwords[i].error().text());
      directory_.remove(account.name);
      continue;
    }
    const std::weak_ptr<AccountService> weak = service;
    access::Login login;
    login.account = account.name;
    login.store = service->store();
    login.poll_now = [weak] {
      if (const auto alive = weak.lock()) alive->poll_now(engine::PollReason::client);
    };
    directory_.set(account.name, *passwords[i], std::move(login));
  }
  // An account that is no longer named: nobody can log in any more, nothing is polled; its mail and
  // its open sessions stay.
  for (auto& [name, service] : gone) {
    directory_.remove(name);
    co_await service->stop();
    retired_[name] = service;
  }
}

asio::awaitable<std::optional<Problem>> Daemon::start() {
  co_await take_accounts();
  co_return faces_.listen(config_);
}

asio::awaitable<std::optional<Problem>> Daemon::reload(config::Config config) {
  if (config.state != config_.state) {
    co_return Problem{"`state` cannot change while the program runs", "restart it"};
  }
  if (auto problem = faces_.listen(config)) co_return problem;
  config_ = std::move(config);
  co_await take_accounts();
  // Whoever reloads has often just corrected what a source waits for.
  for (const auto& [name, service] : accounts_) {
    const auto sources = service->sources();
    const bool troubled =
        std::ranges::any_of(sources, [](const auto& source) { return source.failures > 0; });
    if (troubled) service->poll_now(engine::PollReason::reload);
  }
  co_return std::nullopt;
}

asio::awaitable<void> Daemon::stop() {
  // Sessions and sources end beside each other: each source only drops its connection.
  for (const auto& [name, service] : accounts_) co_await service->stop();
  co_await faces_.stop(patience_with_sessions);
  for (const auto& [name, service] : accounts_) service->close();
  for (const auto& [name, service] : retired_) service->close();
}

}  // namespace postern::daemon
