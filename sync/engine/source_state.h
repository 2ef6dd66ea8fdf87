#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "sync/engine/access_tokens.h"
#include "sync/engine/maildrop_turns.h"
#include "sync/engine/poll.h"
#include "sync/engine/schedule.h"
#include "sync/engine/source_task.h"
#include "sync/engine/status.h"

namespace postern::engine {

/// What a SourceTask works with. Network thread.
struct SourceTask::State {
  State(asio::any_io_executor e, std::string a, config::Source s,
        std::shared_ptr<store::Account> st, SourceSettings se);

  /// Until something is to be done.
  asio::awaitable<void> sleep();
  /// Does what is due.
  asio::awaitable<void> work();
  void ask(Schedule::Asker asker, SteadyTime when);
  void wake() { alarm.cancel(); }
  void changed() {
    if (on_status) on_status();
  }
  void release_waiters();

  asio::any_io_executor executor;
  config::Source source;
  std::shared_ptr<store::Account> account;
  SourceSettings settings;
  AccessTokens tokens;
  MaildropTurns& turns;
  Schedule schedule;
  asio::steady_timer alarm;
  PollMemory memory;
  SourceStatus status;
  std::function<void()> on_status;
  std::optional<SteadyTime> look_at;        ///< when to look for deletions that an expunge made due
  std::optional<SteadyTime> refused_since;  ///< logins, in a row
  bool compare_secret = false;              ///< the configuration was read again
  std::uint64_t polls_begun = 0;
  std::uint64_t polls_ended = 0;
  bool asked_while_polling = false;
  bool confirmed = false;   ///< by the operator: see PollWish::confirm_removals
  bool dry_wanted = false;  ///< the next poll is a dry run
  bool dry = false;         ///< the last poll that began is one
  std::shared_ptr<const Preview> preview;
  struct Waiter {
    std::uint64_t poll;  ///< that one or a later one
    enum class For : std::uint8_t { mail, dry_run } what;
    std::function<void(std::monostate)> done;
  };
  std::vector<Waiter> waiters;

 private:
  asio::awaitable<void> do_what_is_due();
  asio::awaitable<void> poll();
  asio::awaitable<PollResult> converse();
  asio::awaitable<void> look_for_deletions();
  asio::awaitable<void> look_for_another_secret();
  asio::awaitable<Schedule::Ending> judge(PollResult& result);
  void finish(SourceState before, Schedule::Ending ending, const PollResult& result);
  [[nodiscard]] SteadyTime wake_time() const;
  void take(const PollResult& result);
  void tell_next();
  void tell_state(SourceState before, const PollResult& result) const;
  double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace postern::engine
