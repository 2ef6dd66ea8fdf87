#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "sync/base/clock.h"
#include "sync/base/secret.h"
#include "sync/engine/explain.h"
#include "sync/engine/maildrop_turns.h"
#include "sync/engine/schedule.h"
#include "sync/engine/verdict.h"

namespace postern::engine {

/// The answer to somebody who wants to log in to a source's maildrop beside its polls, once
/// (SourceTask::lend). Until it is given back or gone, no poll begins.
struct LoginLoan {
  enum class Answer : std::uint8_t {
    granted,
    too_soon,        ///< the provider's limit
    polling,         ///< a poll is under way
    refused_before,  ///< twice, with the password that is still there
    unknown_source,  ///< to whoever was asked
    troubled,        ///< there is no token that is taken, or something else is in the way
  };
  Answer answer = Answer::granted;
  std::optional<WallTime> not_before;  ///< of too_soon
  Schedule::Least least;
  LoginHistory history;            ///< for verdict()
  std::optional<Secret> token;     ///< for a source with `oauth:`
  std::optional<Trouble> trouble;  ///< of troubled

  std::optional<MaildropTurns::Turn> turn;
  std::optional<SteadyTime> due_before;
};

/// How a login beside the polls ended, as verdict() judged it.
struct LoginEnd {
  Schedule::Ending ending = Schedule::Ending::failure;
  std::optional<std::chrono::seconds> login_delay;  ///< as the server announced it
};

}  // namespace postern::engine
