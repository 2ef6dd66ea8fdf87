#pragma once

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
#include "sync/engine/login_loan.h"
#include "sync/engine/preview.h"
#include "sync/engine/status.h"
#include "sync/engine/wish.h"
#include "sync/store/account.h"

namespace postern::engine {

/// Why a poll is asked for.
enum class PollReason {
  timer,
  client,
  operator_request,
  reload,        ///< the operator wrote something, perhaps another password
  surroundings,  ///< another network, or the machine woke up
  signed_in,     ///< the operator, and what keep_grant() kept is there
};

/// What a source is told beside its own configuration.
struct SourceSettings {
  std::filesystem::path token_key;                                ///< the file of the TokenKey
  std::uint64_t message_limit = config::LimitSettings().message;  ///< octets
  /// The keys of all sources of the account: what is recorded under others may be this one's.
  std::vector<std::string> configured;
  PollWish first = PollWish::none;  ///< the first poll is this
};

/// One source's life: polls when it is due or asked for (Schedule), never two at a time on one
/// maildrop (MaildropTurns). Network thread.
///
/// Order: run() once, as a task of the owner's group; it ends by cancellation only. Or, where
/// nothing is to be polled, recall() once, and then lend(), give_back() and status() alone.
class SourceTask {
 public:
  SourceTask(asio::any_io_executor executor, std::string account, config::Source source,
             std::shared_ptr<store::Account> store, SourceSettings settings = {});
  SourceTask(const SourceTask&) = delete;
  ~SourceTask();

  asio::awaitable<void> run();
  asio::awaitable<void> recall();
  /// Asks for a poll as soon as the provider's limits allow; several requests while one is under
  /// way are one.
  void poll_now(PollReason reason);
  enum class Awaited : std::uint8_t {
    fresh,  ///< one that begins now: what is under way does not list what has just arrived
    first,  ///< the first one of this task, which may be under way or over
  };
  /// Polls now and waits for the end of it; the status that the poll ended with. If the provider's
  /// limits put it off, it does not wait: SourceStatus::postponed_until; a dry run is not made up
  /// for later.
  asio::awaitable<SourceStatus> poll_and_wait(PollWish wish = PollWish::none,
                                              Awaited awaited = Awaited::fresh);
  /// What the last dry run told; nullptr: there was none, or it did not end well.
  [[nodiscard]] std::shared_ptr<const Preview> preview() const;
  /// Asks for one login beside the polls, which the provider's limits hold for as well. A poll that
  /// is due waits meanwhile.
  asio::awaitable<LoginLoan> lend();
  /// The token of a source with `oauth:`, to be shown to another server: `granted`, `troubled`, or
  /// `unknown_source` for a source without. The limits of this one's do not concern it, and
  /// nothing is to be given back.
  asio::awaitable<LoginLoan> lend_token();
  /// How it ended; nullopt: nobody was asked. What it taught holds for the polls.
  asio::awaitable<void> give_back(LoginLoan loan, std::optional<LoginEnd> end);
  /// The same for a login that nobody asked for before.
  asio::awaitable<void> logged_in_elsewhere(LoginEnd end);

  /// A commit changed the account: an expunge may have made an upstream deletion due.
  void store_changed();
  /// As SourceSettings::configured; for a poll under way too.
  void set_configured(std::vector<std::string> keys);

  [[nodiscard]] SourceStatus status() const;
  /// `changed` is called on the network thread whenever status() would give something new.
  void on_status(std::function<void()> changed);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace postern::engine
