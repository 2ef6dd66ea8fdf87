#include "sync/engine/verdict.h"

#include "sync/engine/refusal_words.h"

namespace postern::engine {

namespace {

using Ending = Schedule::Ending;
using upstream::Refusal;

/// An outage at the provider looks like a wrong password too. It is over after a day.
constexpr std::chrono::hours doubt_ends{24};

/// Logins in a row.
constexpr unsigned most_believed = 2;
constexpr unsigned most_doubted = 4;

/// The credentials were given, and the server did not say that they are wrong.
Ending verdict_on_evasion(Ending said, const upstream::Refused& why, const LoginHistory& history,
                          SteadyTime now) {
  if (history.refused < most_believed) return said;
  if (!history.ever && !history.last_success)
    return history.refused < most_doubted ? Ending::doubtful : Ending::refused;
  if (why.certain) return said;
  const bool long_enough = history.refused_since && now - *history.refused_since > doubt_ends;
  return long_enough ? Ending::refused : Ending::doubtful;
}

Ending verdict_on_login(const upstream::Refused& why, const LoginHistory& history, SteadyTime now) {
  const Hint hint = hint_of(why.words);
  if (!why.certain && hint == Hint::throttled)
    return verdict_on_evasion(Ending::throttled, why, history, now);
  const bool recent =
      history.last_success && now - *history.last_success < Schedule::memory_of_success;
  if (recent && hint != Hint::access_off && !history.refused_since) return Ending::throttled;
  if (why.certain) return Ending::refused;
  if (!history.ever && !history.last_success) return Ending::refused;
  const bool long_enough = history.refused_since && now - *history.refused_since > doubt_ends;
  return long_enough ? Ending::refused : Ending::doubtful;
}

Ending taken_at_its_word(const upstream::Refused& why) {
  switch (why.kind) {
    case Refusal::throttled: return Ending::throttled;
    case Refusal::sys_perm: return Ending::standing;
    case Refusal::other:
      return hint_of(why.words) == Hint::throttled ? Ending::throttled : Ending::failure;
    default: return Ending::failure;
  }
}

}  // namespace

Ending verdict(const PollResult& result, const LoginHistory& history, SteadyTime now) {
  if (!result.trouble) return Ending::success;
  if (!result.refusal)
    return result.credentials == Credentials::accepted ? Ending::failure : Ending::refused;
  const upstream::Refused& why = *result.refusal;
  if (why.kind == Refusal::auth) return verdict_on_login(why, history, now);
  const Ending said = taken_at_its_word(why);
  const bool passes = said == Ending::failure || said == Ending::throttled;
  const bool evasive = why.after_proof && passes && why.kind != Refusal::in_use;
  return evasive ? verdict_on_evasion(said, why, history, now) : said;
}

}  // namespace postern::engine
