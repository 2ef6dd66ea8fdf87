#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "proxy/access/directory.h"
#include "sync/base/clock.h"
#include "sync/base/problem.h"
#include "sync/base/secret.h"
#include "sync/net/task_group.h"
#include "sync/store/account.h"
#include "sync/store/device.h"

namespace postern::daemon {

struct DeviceWish {
  std::string account;
  std::string name;
  store::DeviceRights rights = store::DeviceRights::full;
  std::string sender;  ///< of one that only sends
  /// Instead of a password.
  std::optional<store::DeviceCertificate> certificate{};
};

/// The devices of all accounts: in their stores, and in the directory that lets them in.
///
/// Invariants:
/// - A password is known to who asked for the device and to nobody else, also not here.
/// - When somebody is told that a device is revoked, its connections were ended.
/// - When a device was here last is written at most once in `Pace::gap`.
///
/// Order: load() for each account that is open, once more after each reload; forget(); at the end,
/// when no session is left and the stores are open still, stop(). Network thread.
class Devices {
 public:
  struct Pace {
    /// From a login to its record: what the program says of itself comes soon after it.
    std::chrono::steady_clock::duration settling = std::chrono::seconds(2);
    std::chrono::steady_clock::duration gap = std::chrono::minutes(1);
  };
  /// Ends the sessions of a device, named by account and name.
  using EndSessions = std::function<void(const std::string&, const std::string&)>;

  /// `directory` outlives it.
  Devices(const asio::any_io_executor& executor, access::Directory& directory,
          EndSessions end_sessions, Pace pace);
  Devices(const asio::any_io_executor& executor, access::Directory& directory,
          EndSessions end_sessions)
      : Devices(executor, directory, std::move(end_sessions), Pace()) {}
  Devices(const Devices&) = delete;
  ~Devices();

  /// Reads them; from now on they can log in. A problem is in the log, too.
  asio::awaitable<std::optional<Problem>> load(std::string account,
                                               std::shared_ptr<store::Account> store);
  void forget(const std::string& account);
  /// Writes what is not written yet.
  asio::awaitable<void> stop();

  /// The password, which nobody can be told again; empty for a device with a certificate.
  asio::awaitable<std::expected<Secret, Problem>> add(DeviceWish wish);
  /// The certificate of the wish instead of the one that the device has; connections that began
  /// with that one end.
  asio::awaitable<std::optional<Problem>> renew(DeviceWish wish);
  asio::awaitable<std::optional<Problem>> revoke(std::string account, std::string name);
  /// By name, and with their last use of this moment.
  [[nodiscard]] std::vector<store::Device> of(const std::string& account) const;

 private:
  struct Known {
    store::Device device;
    SteadyTime written;
    enum class Record : std::uint8_t { written, due } record = Record::written;
  };
  struct Account {
    std::shared_ptr<store::Account> store;
    std::map<std::string, Known> devices;
    std::uint64_t asked = 0;  ///< how often the store was read
    std::uint64_t taken = 0;  ///< the last reading that counted
  };

  void see(const access::DeviceSeen& seen);
  [[nodiscard]] Known* find(const std::string& account, const std::string& name);
  asio::awaitable<std::optional<Problem>> refresh(std::string account);
  [[nodiscard]] std::optional<Problem> taken(const DeviceWish& wish) const;
  void certify(const std::string& account, const std::string& name,
               const store::DeviceCertificate& certificate);
  void drop(const std::string& account, const std::string& name);
  asio::awaitable<void> record_later(std::string account, std::string name,
                                     std::chrono::steady_clock::duration after);
  asio::awaitable<void> record(std::string account, std::string name);

  access::Directory& directory_;
  EndSessions end_sessions_;
  Pace pace_;
  std::map<std::string, Account> accounts_;
  net::TaskGroup recording_;
};

}  // namespace postern::daemon
