#include "sync/engine/verdict.h"

#include "sync/engine/refusal_words.h"

namespace postern::engine {

namespace {

using Ending = Schedule::Ending;
using upstream::Refusal;

/// An outage at the provider looks like a wrong password too. It is over after a day.
constexpr std::chrono::hours doubt_ends{24};

Ending verdict_on_login(const upstream::Refused& why, const LoginHistory& history, SteadyTime now) {
  const Hint hint = hint_of(why.words);
  if (!why.certain && hint == Hint::throttled) return Ending::throttled;
  const bool recent =
      history.last_success && now - *history.last_success < Schedule::memory_of_success;
  if (recent && hint != Hint::access_off && !history.refused_since) return Ending::throttled;
  if (why.certain) return Ending::refused;
  if (!history.ever && !history.last_success) return Ending::refused;
  const bool long_enough = history.refused_since && now - *history.refused_since > doubt_ends;
  return long_enough ? Ending::refused : Ending::doubtful;
}

}  // namespace

Ending verdict(const PollResult& result, const LoginHistory& history, SteadyTime now) {
  if (!result.trouble) return Ending::success;
  if (!result.refusal)
    return result.credentials == Credentials::accepted ? Ending::failure : Ending::refused;
  const upstream::Refused& why = *result.refusal;
  switch (why.kind) {
    case Refusal::auth: return verdict_on_login(why, history, now);
    case Refusal::throttled: return Ending::throttled;
    case Refusal::sys_perm: return Ending::standing;
    case Refusal::other:
      return hint_of(why.words) == Hint::throttled ? Ending::throttled : Ending::failure;
    default: return Ending::failure;
  }
}

}  // namespace postern::engine
