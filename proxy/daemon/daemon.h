#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "config/config.h"
#include "proxy/access/directory.h"
#include "proxy/daemon/account_service.h"
#include "proxy/daemon/devices/devices.h"
#include "proxy/daemon/devices/one_time_links.h"
#include "proxy/daemon/faces.h"
#include "proxy/daemon/gate.h"
#include "proxy/daemon/relays.h"
#include "sync/base/clock.h"
#include "sync/base/problem.h"

namespace postern::daemon::page {
class PageHouse;
}

namespace postern::daemon {

/// The whole program at work: accounts, what polls for them, and what mail programs talk to.
///
/// Invariants of this folder:
/// - Nothing listens before all stores were opened; nothing is closed before all sessions ended.
/// - A reload changes what differs and leaves the rest alone; one that cannot be done leaves all.
/// - One account's trouble stays with that account.
///
/// Order: start() once, reload() any number of times, stop() once. Network thread.
class Daemon {
 public:
  Daemon(asio::any_io_executor executor, config::Config config);
  Daemon(const Daemon&) = delete;
  ~Daemon();

  /// Accounts first, then listeners; what stands in the way of listening is returned.
  asio::awaitable<std::optional<Problem>> start();
  asio::awaitable<std::optional<Problem>> reload(config::Config config);
  asio::awaitable<void> stop();
  /// What it says may have changed, or its files: looks again.
  void refresh_certificate() { faces_.refresh_certificate(); }
  /// The address of the page with what opens it once; nullopt where none is served.
  [[nodiscard]] std::optional<std::string> invite() const;
  /// `reload` has the configuration read again, as a signal has.
  void set_reloader(std::function<void()> reload) { reloader_ = std::move(reload); }
  /// False: this daemon has no file to read again.
  [[nodiscard]] bool ask_for_reload() const;
  /// A reload is to come: whoever asks for a poll from now on means the configuration after it.
  void announce_reload() { settled_.shut(); }
  /// The announced reload is over, or failed.
  void end_reload() { settled_.open(); }
  /// Until no reload is announced. A cancelled wait ends with its task.
  asio::awaitable<void> settled() const { return settled_.wait(); }
  /// A start or reload that waits for somebody's command ends at once; stop() is to follow.
  void hurry() { hurry_.request_stop(); }

  using Accounts = std::map<std::string, std::shared_ptr<AccountService>>;
  [[nodiscard]] const Accounts& accounts() const { return accounts_; }
  [[nodiscard]] const Faces& faces() const { return faces_; }
  [[nodiscard]] const Relays& relays() const { return relays_; }
  [[nodiscard]] Devices& devices() const { return *devices_; }
  [[nodiscard]] OneTimeLinks& links() const { return links_; }
  [[nodiscard]] const config::Config& config() const { return config_; }
  [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }
  [[nodiscard]] WallTime since() const { return since_; }
  /// What was wrong with the last reload, for as long as the old configuration stays in force.
  [[nodiscard]] const std::string& reload_problem() const { return reload_problem_; }
  void set_reload_problem(std::string text) { reload_problem_ = std::move(text); }

 private:
  std::optional<Problem> listen(const config::Config& config);
  [[nodiscard]] std::shared_ptr<store::Account> store_of(const std::string& account) const;
  void fix_salts();
  enum class Sources : std::uint8_t { polled, left_alone };
  asio::awaitable<void> take_accounts(Sources sources);
  [[nodiscard]] std::shared_ptr<AccountService> make_service(const std::string& name) const;
  asio::awaitable<void> start(AccountService& service, const config::Account& account,
                              Sources sources);
  void admit(const config::Account& account, const std::expected<Secret, Problem>& password,
             const std::shared_ptr<AccountService>& service);
  std::stop_source hurry_;

  asio::any_io_executor executor_;
  config::Config config_;
  WallTime since_ = wall_now();
  std::string reload_problem_;
  std::function<void()> reloader_;
  access::Directory directory_;
  std::unique_ptr<Devices> devices_;
  mutable OneTimeLinks links_;
  /// Where the passwords in `directory_` were read.
  std::map<std::string, config::SecretSource> passwords_from_;
  Accounts accounts_;
  Accounts retired_;  ///< no longer configured; sessions may still use their stores
  std::unique_ptr<page::PageHouse> house_;
  Faces faces_;
  Relays relays_;
  mutable Gate settled_;
};

}  // namespace postern::daemon
