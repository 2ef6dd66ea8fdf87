#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "config/config.h"
#include "sync/engine/handover/postbox.h"
#include "sync/engine/outgoing/delivery.h"
#include "sync/engine/outgoing/server.h"
#include "sync/net/task_group.h"
#include "sync/store/account.h"

namespace postern::engine::outgoing {

/// All sending of one account: takes messages from its programs, sends what waits in Outbox.
///
/// Invariants of this folder:
/// - A positive answer to a program means that the provider has the message, or the disk.
/// - A message that was given to a provider is not given to another one, nor twice, but where the
///   answer to its end was lost.
/// - A message is in one attempt at a time; a server that hangs holds up nobody but its own.
///
/// Made by make_shared. Order: configure() any number of times; run() once, as a task of the
/// owner's group, which ends by cancellation only; then stop(). Network thread.
class AccountPostbox final : public handover::Postbox,
                             public std::enable_shared_from_this<AccountPostbox> {
 public:
  AccountPostbox(asio::any_io_executor executor, std::string account,
                 std::shared_ptr<store::Account> store, std::filesystem::path token_key,
                 upstream::SmtpDeadlines deadlines = {});
  AccountPostbox(const AccountPostbox&) = delete;
  ~AccountPostbox() override;

  /// What is under way goes on with the servers it began with.
  void configure(const std::vector<config::Outgoing>& servers,
                 const std::vector<config::Source>& sources);
  asio::awaitable<void> run();
  /// Ends the attempts under way and lets go of idle sessions, after run() was ended; takes nothing
  /// more until it is run again.
  asio::awaitable<void> stop();
  asio::awaitable<Begun> begin(wire::smtp::Sender sender,
                               std::optional<std::uint64_t> octets) override;
  /// Tries what waits now, whenever it is due; but what may have been sent already.
  void send_now();
  /// Something was queued, or a session waits for the next message.
  void wake();

  [[nodiscard]] std::vector<ServerStatus> status() const;

 private:
  [[nodiscard]] std::shared_ptr<Server> server_for(const std::string& sender) const;
  [[nodiscard]] std::shared_ptr<Server> server_of(const store::Submission& submission) const;
  /// What waits for one server, as it was last read, and who takes it there.
  struct Line {
    std::deque<store::Submission> due;
    std::size_t couriers = 0;
  };
  [[nodiscard]] std::size_t free_places(const Server* server) const;
  [[nodiscard]] bool somebody_is_free() const;
  void send_couriers(const std::shared_ptr<Server>& server);
  [[nodiscard]] std::optional<store::Submission> next_for(const Server* server);

  asio::awaitable<SteadyTime> start_due();
  void line_up(std::vector<store::Submission> queue, SteadyTime& next);
  asio::awaitable<void> courier(std::shared_ptr<Server> server);
  asio::awaitable<void> deliver(store::Submission submission, std::shared_ptr<Server> server);
  asio::awaitable<void> try_to_deliver(Delivery& delivery, const store::Submission& submission);
  asio::awaitable<bool> is_cancelled(SubmissionId id);
  [[nodiscard]] bool may_be_hurried(const store::Submission& submission) const;
  asio::awaitable<void> end_idle(std::shared_ptr<Server> server);

  std::string account_;
  std::shared_ptr<store::Account> store_;
  std::filesystem::path token_key_;
  upstream::SmtpDeadlines deadlines_;
  std::vector<std::shared_ptr<Server>> servers_;
  net::TaskGroup tasks_;
  asio::steady_timer wakeup_;
  std::set<SubmissionId> under_way_;
  std::map<const Server*, Line> lines_;  ///< nullptr: of what no server is left for
  std::set<SubmissionId> hurried_;       ///< waits for its server only, whenever it is due
  bool at_once_ = false;                 ///< the next look takes everything for due
  bool stopped_ = false;                 ///< nothing is sent any more, and nothing taken
  bool woken_ = false;                   ///< since the last look
};

}  // namespace postern::engine::outgoing
