#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "sync/engine/access_tokens.h"
#include "sync/engine/kept_logins.h"
#include "sync/engine/maildrop_turns.h"
#include "sync/engine/poll.h"
#include "sync/engine/schedule.h"
#include "sync/engine/source_task.h"
#include "sync/engine/status.h"
#include "sync/engine/verdict.h"

namespace postern::engine {

/// What a SourceTask works with. Network thread.
struct SourceTask::State {
  State(asio::any_io_executor e, std::string a, config::Source s,
        std::shared_ptr<store::Account> st, SourceSettings se);

  /// What is known from the runs of the program before.
  asio::awaitable<void> recall();
  asio::awaitable<void> until_recalled();
  /// What was before a login.
  asio::awaitable<LoginHistory> login_history() const;
  enum class LoginFate : std::uint8_t {
    taken,
    refused,  ///< whatever the server said
    untold,   ///< it ended before the credentials were given, which says nothing about them
  };
  void note_login(LoginFate fate);
  /// The credentials are others now.
  void forget_refused();
  double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  void tell_next();
  /// For the next run of the program.
  asio::awaitable<void> keep_logins();
  asio::awaitable<void> look_for_another_secret();
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
  /// Whoever asks does not wait for a poll that the provider's limit puts off for so long.
  [[nodiscard]] bool beyond_patience() const;
  /// Says so, and lets all go who wait for it.
  void postpone();

  asio::any_io_executor executor;
  config::Source source;
  std::shared_ptr<store::Account> account;
  SourceSettings settings;
  AccessTokens tokens;
  KeptLogins kept_logins;
  MaildropTurns& turns;
  Schedule schedule;
  asio::steady_timer alarm;
  PollMemory memory;
  SourceStatus status;
  std::function<void()> on_status;
  std::optional<SteadyTime> look_at;        ///< when to look for deletions that an expunge made due
  std::optional<SteadyTime> refused_since;  ///< logins, in a row
  unsigned refused_logins = 0;              ///< as many; 0: the last one was taken
  bool compare_secret = false;              ///< the configuration was read again
  bool recalled = false;
  std::optional<Schedule::Asker> asked_early;  ///< who asked before the recall
  std::uint64_t polls_begun = 0;
  std::uint64_t polls_ended = 0;
  bool asked_while_polling = false;
  bool hurried = false;     ///< the last poll was asked for by the one before
  bool confirmed = false;   ///< by the operator: see PollWish::confirm_removals
  bool dry_wanted = false;  ///< the next poll is a dry run
  bool dry = false;         ///< the last poll that began is one
  std::shared_ptr<const Preview> preview;
  struct Waiter {
    std::uint64_t poll;  ///< that one or a later one
    enum class For : std::uint8_t { mail, dry_run } what;
    std::function<void(SourceStatus)> done;
  };
  std::vector<Waiter> waiters;

 private:
  asio::awaitable<void> do_what_is_due();
  asio::awaitable<void> poll();
  asio::awaitable<PollResult> converse();
  asio::awaitable<void> look_for_deletions();
  asio::awaitable<Schedule::Ending> judge(PollResult& result);
  void end_in_schedule(Schedule::Ending ending, const PollResult& result);
  void finish(SourceState before, const PollResult& result);
  [[nodiscard]] SteadyTime wake_time() const;
  void take(const PollResult& result);
  void tell_state(SourceState before, const PollResult& result) const;

  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace postern::engine
