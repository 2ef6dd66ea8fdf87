#include "proxy/daemon/devices/devices.h"

#include <algorithm>

#include <fmt/format.h>

#include "proxy/access/device_password.h"
#include "proxy/access/store_access.h"
#include "proxy/daemon/devices/device_words.h"
#include "sync/base/log.h"
#include "sync/net/dial.h"
#include "sync/net/worker.h"

namespace postern::daemon {
namespace {

Problem certificate_in_use(const std::string& account, std::string_view device) {
  return {fmt::format("{} of {} logs in with that certificate", device, account),
          "each device has one of its own: take another one, or revoke that device first"};
}

Problem no_such_device(const std::string& account, const std::string& name) {
  return {fmt::format("{} has no device {}", account, log::quoted(name)),
          fmt::format("see which it has: postern device list {}", account)};
}

Problem problem_of(store::Refusal refusal, const DeviceWish& wish) {
  switch (refusal) {
    case store::Refusal::in_use: return certificate_in_use(wish.account, "another device");
    case store::Refusal::nonexistent: return no_such_device(wish.account, wish.name);
    case store::Refusal::cannot:
      return {fmt::format("{} of {} has a password and no certificate", wish.name, wish.account),
              "revoke it, and add it anew with --certificate"};
    default:
      return {fmt::format("{} has a device {} already", wish.account, wish.name),
              fmt::format("take another name, or revoke that one first: postern device revoke {} "
                          "{}",
                          wish.account, wish.name)};
  }
}

}  // namespace

Devices::Devices(const asio::any_io_executor& executor, access::Directory& directory,
                 EndSessions end_sessions, Pace pace)
    : directory_(directory),
      end_sessions_(std::move(end_sessions)),
      pace_(pace),
      recording_(executor, "devices") {
  directory_.watch_devices([this](const access::DeviceSeen& seen) { see(seen); });
}

Devices::~Devices() {
  directory_.watch_devices(nullptr);
}

asio::awaitable<std::optional<Problem>> Devices::load(std::string account,
                                                      std::shared_ptr<store::Account> store) {
  accounts_[account].store = std::move(store);
  auto problem = co_await refresh(account);
  if (problem)
    log::error("devices", "{}: its devices are what they were: {}", account, problem->text());
  co_return problem;
}

void Devices::forget(const std::string& account) {
  accounts_.erase(account);
}

/// A reading that was overtaken by a later one is out of date.
asio::awaitable<std::optional<Problem>> Devices::refresh(std::string account) {
  const auto begun = accounts_.find(account);
  if (begun == accounts_.end() || !begun->second.store) co_return std::nullopt;
  const std::uint64_t turn = ++begun->second.asked;
  auto reading =
      access::read(begun->second.store, [](store::Reader& reader) { return reader.devices(); });
  auto read = co_await std::move(reading);
  if (!read) co_return store::problem_of(read.error());
  const auto found = accounts_.find(account);
  if (found == accounts_.end() || found->second.taken > turn) co_return std::nullopt;
  found->second.taken = turn;
  std::map<std::string, Known> next;
  for (const store::Device& device : *read) {
    Known known{.device = device, .written = SteadyTime::min()};
    const auto old = found->second.devices.find(device.name);
    if (old != found->second.devices.end() && old->second.device.id == device.id) {
      known.device.last_use =
          std::ranges::max(device.last_use, old->second.device.last_use, {}, &store::DeviceUse::at);
      known.written = old->second.written;
      known.record = old->second.record;
    }
    next.emplace(device.name, std::move(known));
  }
  found->second.devices = std::move(next);
  directory_.set_devices(account, std::move(*read));
  co_return std::nullopt;
}

asio::awaitable<std::expected<Secret, Problem>> Devices::add(DeviceWish wish) {
  const auto found = accounts_.find(wish.account);
  if (found == accounts_.end() || !found->second.store)
    co_return std::unexpected(
        Problem{"the account's mail cannot be opened", "postern status tells why"});
  if (auto problem = taken(wish)) co_return std::unexpected(std::move(*problem));
  const auto store = found->second.store;
  Secret password;
  store::DeviceKeys keys;
  if (!wish.certificate) {
    password = access::make_device_password();
    auto hashing = net::on_worker([password] { return access::device_keys_of(password); });
    keys = co_await std::move(hashing);
  }
  store::NewDevice device{.name = wish.name,
                          .rights = wish.rights,
                          .sender = wish.sender,
                          .keys = std::move(keys),
                          .created = wall_now(),
                          .certificate = wish.certificate};
  auto writing = access::write(
      store, [device](store::Transaction& transaction) { return transaction.add_device(device); });
  const auto added = co_await std::move(writing);
  if (!added) co_return std::unexpected(store::problem_of(added.error()));
  if (!*added) co_return std::unexpected(problem_of(added->error(), wish));
  // It is there, and its password is told now or never.
  if (auto problem = co_await refresh(wish.account))
    log::error("devices", "{}: its device {} can log in after a restart: {}", wish.account,
               wish.name, problem->text());
  log::info("devices", "{} has a new device {} ({})", wish.account, wish.name,
            name_of(wish.rights));
  co_return password;
}

asio::awaitable<std::optional<Problem>> Devices::renew(DeviceWish wish) {
  const auto found = accounts_.find(wish.account);
  if (found == accounts_.end() || !found->second.store)
    co_return Problem{"the account's mail cannot be opened", "postern status tells why"};
  if (auto problem = taken(wish)) co_return problem;
  auto writing = access::write(
      found->second.store,
      [name = wish.name, certificate = *wish.certificate](store::Transaction& transaction) {
        return transaction.renew_device(name, certificate);
      });
  const auto renewed = co_await std::move(writing);
  if (!renewed) co_return store::problem_of(renewed.error());
  if (!*renewed) co_return problem_of(renewed->error(), wish);
  certify(wish.account, wish.name, *wish.certificate);
  // What another one has written meanwhile.
  if (auto problem = co_await refresh(wish.account))
    log::error("devices", "{}: {}", wish.account, problem->text());
  end_sessions_(wish.account, wish.name);
  log::info("devices", "device {} of {} has a new certificate", wish.name, wish.account);
  co_return std::nullopt;
}

/// Within an account the store says so; a certificate for two accounts would leave open whose it
/// is.
std::optional<Problem> Devices::taken(const DeviceWish& wish) const {
  if (!wish.certificate) return std::nullopt;
  for (const auto& [account, kept] : accounts_) {
    for (const auto& [name, known] : kept.devices) {
      const auto& theirs = known.device.certificate;
      const bool itself = account == wish.account && name == wish.name;
      if (!itself && theirs && theirs->fingerprint == wish.certificate->fingerprint)
        return certificate_in_use(account, name);
    }
  }
  return std::nullopt;
}

/// Whatever a reading says that began before.
void Devices::certify(const std::string& account, const std::string& name,
                      const store::DeviceCertificate& certificate) {
  const auto found = accounts_.find(account);
  if (found == accounts_.end()) return;
  found->second.taken = ++found->second.asked;
  Known* known = find(account, name);
  if (known == nullptr) return;
  known->device.certificate = certificate;
  directory_.set_devices(account, of(account));
}

asio::awaitable<std::optional<Problem>> Devices::revoke(std::string account, std::string name) {
  const auto found = accounts_.find(account);
  if (found == accounts_.end() || !found->second.store)
    co_return Problem{"the account's mail cannot be opened", "postern status tells why"};
  auto writing = access::write(found->second.store, [name](store::Transaction& transaction) {
    return transaction.revoke_device(name);
  });
  const auto revoked = co_await std::move(writing);
  if (!revoked) co_return store::problem_of(revoked.error());
  drop(account, name);
  if (!*revoked) co_return no_such_device(account, name);
  auto problem = co_await refresh(account);
  end_sessions_(account, name);
  if (!problem) log::info("devices", "device {} of {} is revoked", name, account);
  co_return problem;
}

/// Whatever a reading says that began before.
void Devices::drop(const std::string& account, const std::string& name) {
  const auto found = accounts_.find(account);
  if (found == accounts_.end()) return;
  found->second.taken = ++found->second.asked;
  found->second.devices.erase(name);
  directory_.set_devices(account, of(account));
}

std::vector<store::Device> Devices::of(const std::string& account) const {
  std::vector<store::Device> out;
  if (const auto found = accounts_.find(account); found != accounts_.end()) {
    for (const auto& [name, known] : found->second.devices) out.push_back(known.device);
  }
  return out;
}

Devices::Known* Devices::find(const std::string& account, const std::string& name) {
  const auto found = accounts_.find(account);
  if (found == accounts_.end()) return nullptr;
  const auto known = found->second.devices.find(name);
  return known == found->second.devices.end() ? nullptr : &known->second;
}

void Devices::see(const access::DeviceSeen& seen) {
  Known* known = find(seen.account, seen.device);
  if (known == nullptr || known->device.id != seen.device_id) return;
  // What said what it is once is taken to be the same until it says something else.
  std::string program =
      seen.use.program.empty() ? known->device.last_use.program : seen.use.program;
  known->device.last_use = {seen.use.at, seen.use.address, std::move(program)};
  if (std::exchange(known->record, Known::Record::due) == Known::Record::due) return;
  auto after = pace_.settling;
  const auto now = std::chrono::steady_clock::now();
  if (known->written != SteadyTime::min())
    after = std::max(after, known->written + pace_.gap - now);
  recording_.spawn("record of " + seen.device, record_later(seen.account, seen.device, after));
}

asio::awaitable<void> Devices::record_later(std::string account, std::string name,
                                            std::chrono::steady_clock::duration after) {
  co_await net::pause(after);
  co_await record(std::move(account), std::move(name));
}

asio::awaitable<void> Devices::record(std::string account, std::string name) {
  Known* known = find(account, name);
  if (known == nullptr || known->record == Known::Record::written) co_return;
  known->record = Known::Record::written;
  known->written = std::chrono::steady_clock::now();
  auto writing =
      access::write(accounts_.at(account).store,
                    [id = known->device.id, use = known->device.last_use](
                        store::Transaction& transaction) { transaction.set_device_use(id, use); });
  const auto written = co_await std::move(writing);
  if (!written)
    log::warning("devices", "{}: the last use of {} is not recorded: {}", account, name,
                 written.error().what());
}

asio::awaitable<void> Devices::stop() {
  recording_.cancel();
  co_await recording_.join();
  std::vector<std::pair<std::string, std::string>> due;
  for (const auto& [account, kept] : accounts_) {
    for (const auto& [name, known] : kept.devices)
      if (known.record == Known::Record::due) due.emplace_back(account, name);
  }
  for (const auto& [account, name] : due) co_await record(account, name);
}

}  // namespace postern::daemon
