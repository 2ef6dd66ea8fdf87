#include "proxy/daemon/daemon.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <utility>

#include <asio/error.hpp>

#include "config/read_secret.h"
#include "proxy/daemon/page/page_house.h"
#include "proxy/daemon/state_folder.h"
#include "sync/base/log.h"
#include "sync/engine/token_key.h"
#include "sync/net/completion.h"

namespace postern::daemon {
namespace {

constexpr std::chrono::seconds patience_with_sessions{5};

using Password = std::expected<Secret, Problem>;
using Passwords = std::vector<Password>;

/// What the threads of read_passwords share.
struct Readers {
  std::vector<config::SecretSource> sources;
  Passwords passwords;
  std::atomic<std::size_t> left;
};

bool takes_its_time(const config::SecretSource& source) {
  return std::holds_alternative<config::SecretSource::Command>(source.from);
}

/// Secrets may come from commands that take their time, so they are read beside the network thread
/// and beside each other.
asio::awaitable<Passwords> read_passwords(std::vector<config::SecretSource> sources,
                                          std::stop_token stop) {
  const std::size_t count = sources.size();
  const auto readers = std::make_shared<Readers>();
  readers->passwords.resize(count);
  readers->sources = std::move(sources);
  std::vector<std::jthread> threads;
  auto start = [&threads, readers, stop, count](auto done) {
    std::vector<std::vector<std::size_t>> shares(1);
    for (std::size_t i = 0; i < count; ++i) {
      if (takes_its_time(readers->sources[i])) {
        shares.push_back({i});
      } else {
        shares.front().push_back(i);
      }
    }
    readers->left = shares.size();
    for (auto& share : shares) {
      threads.emplace_back([readers, stop, done, mine = std::move(share)] {
        for (const std::size_t i : mine)
          readers->passwords[i] = config::read_secret(readers->sources[i], stop);
        if (--readers->left == 0) done(std::move(readers->passwords));
      });
    }
  };
  co_return co_await net::completion<Passwords>(start);
}

}  // namespace

Daemon::Daemon(asio::any_io_executor executor, config::Config config)
    : executor_(executor),
      config_(std::move(config)),
      devices_(
          std::make_unique<Devices>(executor, directory_,
                                    [this](const std::string& account, const std::string& device) {
                                      faces_.end_sessions(account, device);
                                      relays_.end_sessions(account, device);
                                      links_.forget(account, device);
                                    })),
      house_(std::make_unique<page::PageHouse>(executor, *this)),
      faces_(executor, directory_, *house_, config_),
      relays_(executor, directory_, [this](const std::string& name) { return store_of(name); }),
      settled_(executor) {}

Daemon::~Daemon() = default;

bool Daemon::ask_for_reload() const {
  if (!reloader_) return false;
  reloader_();
  return true;
}

asio::awaitable<void> Daemon::take_accounts(Sources sources) {
  std::vector<config::SecretSource> places;
  places.reserve(config_.accounts.size());
  for (const auto& account : config_.accounts) places.push_back(account.password);
  const Passwords passwords = co_await read_passwords(std::move(places), hurry_.get_token());
  if (hurry_.stop_requested()) co_return;

  Accounts gone = std::exchange(accounts_, {});
  gone.merge(retired_);
  for (std::size_t i = 0; i < config_.accounts.size(); ++i) {
    const config::Account& account = config_.accounts[i];
    auto node = gone.extract(account.name);
    auto service = node ? std::move(node.mapped()) : make_service(account.name);
    accounts_[account.name] = service;
    co_await start(*service, account, sources);
    admit(account, passwords[i], service);
    co_await devices_->load(account.name, service->store());
  }
  // An account that is no longer named: nobody can log in any more, nothing is polled; its mail and
  // its open sessions stay.
  for (auto& [name, service] : gone) {
    directory_.remove(name);
    devices_->forget(name);
    passwords_from_.erase(name);
    co_await service->stop();
    retired_[name] = service;
  }
}

std::shared_ptr<AccountService> Daemon::make_service(const std::string& name) const {
  auto service = std::make_shared<AccountService>(executor_, name, config_.state);
  service->watch([house = house_.get()](const auto& status) { house->note(status); });
  return service;
}

/// A moment without threads or memory is one account's trouble.
asio::awaitable<void> Daemon::start(AccountService& service, const config::Account& account,
                                    Sources sources) {
  std::vector<config::Source> wanted;
  if (sources == Sources::polled) wanted = account.sources;
  try {
    co_await service.start(std::move(wanted), config_.limits.message);
    service.start_sending(account.outgoing, account.sources);
  } catch (const std::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    log::error("account", "{}: it is not polled until a reload: {}", account.name, error.what());
  }
}

void Daemon::admit(const config::Account& account, const std::expected<Secret, Problem>& password,
                   const std::shared_ptr<AccountService>& service) {
  const auto known = passwords_from_.find(account.name);
  const bool same_place = known != passwords_from_.end() && known->second == account.password;
  if (!password && same_place) {
    // A key ring that is locked for a moment is no reason to lock people out.
    log::warning("account", "{}: its password stays the one that was read before: {}", account.name,
                 password.error().text());
    return;
  }
  if (!password) {
    log::error("account", "{}: nobody can log in: {}", account.name, password.error().text());
    directory_.remove(account.name);
    passwords_from_.erase(account.name);
    return;
  }
  const std::weak_ptr<AccountService> weak = service;
  access::Login login;
  login.account = account.name;
  login.store = service->store();
  login.poll_now = [weak] {
    if (const auto alive = weak.lock()) alive->poll_now(engine::PollReason::client);
  };
  login.postbox = service->postbox();
  if (login.store) passwords_from_[account.name] = account.password;
  directory_.set(account.name, *password, std::move(login));
}

/// Without the key somebody may learn by a restart which names nobody has; nobody gets in by it.
void Daemon::fix_salts() {
  const auto key = engine::TokenKey::open(token_key_file(config_.state));
  if (key)
    directory_.set_salt_key(key->derive("salts of logins"));
  else
    log::warning("daemon", "the salts of logins change with each start: {}", key.error().text());
}

asio::awaitable<std::optional<Problem>> Daemon::start() {
  fix_salts();
  co_await take_accounts(Sources::left_alone);
  if (hurry_.stop_requested()) co_return std::nullopt;
  if (auto problem = listen(config_)) co_return problem;
  // Not before: the provider of the demo is this program, and answers from here on.
  for (const config::Account& account : config_.accounts)
    co_await start(*accounts_.at(account.name), account, Sources::polled);
  co_return std::nullopt;
}

std::shared_ptr<store::Account> Daemon::store_of(const std::string& account) const {
  const auto found = accounts_.find(account);
  return found == accounts_.end() ? nullptr : found->second->store();
}

std::optional<std::string> Daemon::invite() const {
  constexpr std::chrono::minutes lifetime{30};
  return faces_.invite(lifetime);
}

std::optional<Problem> Daemon::listen(const config::Config& config) {
  if (!config.listen.web.empty()) {
    if (auto problem = house_->open()) return problem;
  }
  if (auto problem = relays_.prepare(config)) return problem;
  if (auto problem = faces_.listen(config)) {
    relays_.forget();
    return problem;
  }
  relays_.adopt();
  return std::nullopt;
}

asio::awaitable<std::optional<Problem>> Daemon::reload(config::Config config) {
  if (config.state != config_.state) {
    co_return Problem{"`state` cannot change while the program runs", "restart it"};
  }
  if (auto problem = listen(config)) co_return problem;
  config_ = std::move(config);
  co_await take_accounts(Sources::polled);
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
  co_await relays_.stop(patience_with_sessions);
  co_await devices_->stop();
  house_->stop();
  co_await house_->join();
  for (const auto& [name, service] : accounts_) service->close();
  for (const auto& [name, service] : retired_) service->close();
}

}  // namespace postern::daemon
