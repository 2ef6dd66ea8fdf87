#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "config/config.h"
#include "sync/base/problem.h"
#include "sync/engine/outgoing/account_postbox.h"
#include "sync/engine/source_task.h"
#include "sync/net/task_group.h"
#include "sync/store/account.h"
#include "sync/wire/oauth/answer.h"

namespace postern::daemon {

/// One account at work: its store, and a task for each of its sources. An account whose store
/// cannot be opened stays as a name with a problem.
///
/// Order: start() any number of times (each takes over what changed), then stop(), then close().
/// Network thread; the store's own threads only post to it.
class AccountService : public std::enable_shared_from_this<AccountService> {
  struct Running;

 public:
  AccountService(asio::any_io_executor executor, std::string name,
                 const std::filesystem::path& state);
  AccountService(const AccountService&) = delete;
  ~AccountService();

  /// `watcher` is called whenever the status of a source changes. Before start().
  void watch(std::function<void(const engine::SourceStatus&)> watcher);
  /// Opens the store if it is not open; starts new sources, ends those that are gone or different.
  /// `message_limit` in octets; `first` is what the first poll of new ones is.
  asio::awaitable<void> start(std::vector<config::Source> sources, std::uint64_t message_limit,
                              engine::PollWish first = engine::PollWish::none);
  /// Takes messages to be sent, and sends what waits. After start().
  void start_sending(const std::vector<config::Outgoing>& servers,
                     const std::vector<config::Source>& sources);
  /// Opens the store, and nothing is polled: for what has to be asked of the sources.
  asio::awaitable<void> start_at_rest(std::vector<config::Source> sources);
  /// Ends the sources' tasks, and sending; a transaction under way is finished.
  asio::awaitable<void> stop();
  /// Closes the store. Blocks until what is queued is on disk.
  void close();

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::shared_ptr<store::Account> store() const { return store_; }
  [[nodiscard]] const std::optional<Problem>& problem() const { return problem_; }
  /// What the account's files take on disk.
  [[nodiscard]] std::uint64_t disk_octets() const;
  /// nullptr unless start_sending() was called and the store is open.
  [[nodiscard]] std::shared_ptr<engine::outgoing::AccountPostbox> postbox() const {
    return postbox_;
  }
  [[nodiscard]] std::vector<engine::SourceStatus> sources() const;
  void poll_now(engine::PollReason reason);
  /// Tries what waits in Outbox, whenever it is due.
  void send_now();
  using Awaited = engine::SourceTask::Awaited;
  /// Polls all sources at once and waits for the end of it.
  asio::awaitable<void> poll_and_wait(engine::PollWish wish, Awaited awaited = Awaited::fresh);
  /// What the last dry run of each source told, in the order of sources(); see SourceTask::preview.
  [[nodiscard]] std::vector<std::shared_ptr<const engine::Preview>> previews() const;
  /// A login beside the polls of a source, which lives on with it; see SourceTask::lend.
  struct Loan {
    std::shared_ptr<Running> source;  ///< of no use to others
    engine::LoginLoan login;
  };
  asio::awaitable<Loan> lend(std::string source_key);
  /// Its token alone; see SourceTask::lend_token.
  asio::awaitable<engine::LoginLoan> lend_token(std::string source_key);
  static asio::awaitable<void> give_back(Loan loan, std::optional<engine::LoginEnd> end);
  /// Somebody logged in to a source that need not be here yet. After start().
  asio::awaitable<void> logged_in_elsewhere(config::Source source, engine::LoginEnd end);
  /// Keeps what a sign-in gave, and polls the source if it runs here. After start().
  asio::awaitable<std::optional<Problem>> keep_grant(std::string source_key,
                                                     wire::oauth::Grant grant);

 private:
  /// A source with the group that holds its one task.
  struct Running {
    Running(AccountService& owner, const config::Source& source, engine::SourceSettings settings);
    config::Source config;
    std::uint64_t message_limit;
    engine::SourceTask task;
    net::TaskGroup group;
  };

  void open();
  void store_committed();
  [[nodiscard]] std::shared_ptr<Running> make(const config::Source& source,
                                              engine::SourceSettings settings);
  static asio::awaitable<void> end(std::shared_ptr<Running> running);
  struct Polls;
  static asio::awaitable<void> poll_one(Running& running, std::shared_ptr<Polls> polls,
                                        engine::PollWish wish, Awaited awaited);

  asio::any_io_executor executor_;
  std::string name_;
  std::filesystem::path folder_;
  std::filesystem::path token_key_;
  std::shared_ptr<store::Account> store_;
  std::optional<Problem> problem_;
  std::vector<std::shared_ptr<Running>> running_;
  std::shared_ptr<engine::outgoing::AccountPostbox> postbox_;
  net::TaskGroup sending_;
  std::function<void(const engine::SourceStatus&)> watcher_;
  std::shared_ptr<std::atomic<bool>> commit_told_ = std::make_shared<std::atomic<bool>>(false);
  store::Subscription subscription_;
};

}  // namespace postern::daemon
