#pragma once

#include "sync/base/clock.h"
#include "sync/engine/poll.h"
#include "sync/engine/schedule.h"

namespace postern::engine {

/// What was before a poll.
struct LoginHistory {
  /// Mail of this source was fetched before, in whatever run of the program.
  bool ever = false;
  std::optional<SteadyTime> last_success;   ///< of this run
  std::optional<SteadyTime> refused_since;  ///< the first refused login after that
  unsigned refused = 0;                     ///< logins since then, in a row
};

/// What a poll's end means for the next one. Providers answer a login that comes too soon as they
/// answer a wrong password, and locking the account is what follows from trying on: so
///
/// - soon after a success the first refusal is a limit, [AUTH] or not;
/// - [AUTH] (RFC 3206 section 5) is otherwise believed;
/// - without a code, words about a limit are believed; a server that never let us in is believed
///   as well; one that did is doubted for a day.
/// - An answer about something else than the credentials, or none, is believed twice in a row. Then
///   it is doubted, and after five times believed to mean them; if the server did let us in before,
///   after a day, and never if it named its reason by a response code.
///
/// Pure.
[[nodiscard]] Schedule::Ending verdict(const PollResult& result, const LoginHistory& history,
                                       SteadyTime now);

}  // namespace postern::engine
