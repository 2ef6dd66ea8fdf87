#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "proxy/daemon/page/chronicle.h"
#include "proxy/daemon/page/kept_file.h"
#include "proxy/daemon/page/new_account.h"
#include "proxy/web/house.h"
#include "sync/base/clock.h"
#include "sync/engine/token_key.h"
#include "sync/net/task_group.h"

namespace postern::daemon {
class AccountService;
class Daemon;
}  // namespace postern::daemon

namespace postern::daemon::page {

/// What the page sees of the daemon, and does with it: proxy/web/house.h.
///
/// Order: open() before the first listener, any number of times; stop() once, then join().
/// Network thread.
class PageHouse final : public web::House {
 public:
  /// `daemon` outlives it, and is not looked at before it is asked something.
  PageHouse(asio::any_io_executor executor, const Daemon& daemon);

  /// Reads, or makes, the key that passes are sealed with.
  std::optional<Problem> open();
  /// Ends what was begun and nobody waits for.
  void stop();
  asio::awaitable<void> join();
  /// For all sources, whenever their status changes.
  void note(const engine::SourceStatus& status);

  asio::awaitable<nlohmann::json> status() override;
  [[nodiscard]] std::string pulse() const override;
  asio::awaitable<nlohmann::json> history() override;
  [[nodiscard]] std::string not_ready() const override;
  std::optional<nlohmann::json> look_behind(std::string_view link) override;
  std::optional<std::expected<HandOut, Problem>> open_link(std::string_view link,
                                                           std::string_view form) override;
  [[nodiscard]] std::optional<std::string> discover(Discovery form, Asker asker,
                                                    const std::string& address) const override;
  [[nodiscard]] std::string kept() const override;
  asio::awaitable<void> keep(std::string text) override;
  asio::awaitable<Reply> act(std::string action, nlohmann::json question) override;
  [[nodiscard]] std::string seal(const Secret& text) const override;
  [[nodiscard]] std::optional<Secret> unseal(std::string_view sealed) const override;
  [[nodiscard]] std::vector<std::string> names() const override;

 private:
  using Service = std::shared_ptr<AccountService>;

  /// The account that the question names.
  [[nodiscard]] std::expected<Service, Problem> service_of(const nlohmann::json& question) const;
  asio::awaitable<void> make_history();
  Reply poll(const nlohmann::json& question);
  asio::awaitable<Reply> preview(nlohmann::json question);
  asio::awaitable<Reply> search(nlohmann::json question);
  asio::awaitable<Reply> letter(nlohmann::json question);
  // page_devices.cpp
  asio::awaitable<Reply> add_device(nlohmann::json question);
  asio::awaitable<Reply> revoke_device(nlohmann::json question);

  asio::any_io_executor executor_;
  const Daemon& daemon_;
  net::TaskGroup tasks_;
  std::optional<engine::TokenKey> key_;
  KeptFile kept_;
  Chronicle chronicle_;
  NewAccount new_account_;
  nlohmann::json days_ = nlohmann::json::array();
  SteadyTime counted_{};
};

}  // namespace postern::daemon::page
