#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "config/config.h"
#include "sync/engine/status.h"
#include "sync/store/account.h"

namespace postern::engine {

/// Why a poll is asked for.
enum class PollReason {
  timer,
  client,
  operator_request,
  reload,        ///< the operator wrote something, perhaps another password
  surroundings,  ///< another network, or the machine woke up
};

/// One source's life: polls when it is due or asked for (Schedule), never two at a time on one
/// maildrop (MaildropTurns). Network thread.
///
/// Order: run() once, as a task of the owner's group; it ends by cancellation only.
class SourceTask {
 public:
  /// `token_key` is the file of the TokenKey, for a source with `oauth:`.
  SourceTask(asio::any_io_executor executor, std::string account, config::Source source,
             std::shared_ptr<store::Account> store, std::filesystem::path token_key = {});
  SourceTask(const SourceTask&) = delete;
  ~SourceTask();

  asio::awaitable<void> run();
  /// Asks for a poll as soon as the provider's limits allow; several requests while one is under
  /// way are one.
  void poll_now(PollReason reason);
  enum class Awaited : std::uint8_t {
    fresh,  ///< one that begins now: what is under way does not list what has just arrived
    first,  ///< the first one of this task, which may be under way or over
  };
  /// Polls now and waits for the end of it; the status that the poll ended with. If the provider's
  /// limits put it off, it does not wait: SourceStatus::postponed_until.
  asio::awaitable<SourceStatus> poll_and_wait(Awaited awaited = Awaited::fresh);
  /// A commit changed the account: an expunge may have made an upstream deletion due.
  void store_changed();

  [[nodiscard]] SourceStatus status() const;
  /// `changed` is called on the network thread whenever status() would give something new.
  void on_status(std::function<void()> changed);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace postern::engine
