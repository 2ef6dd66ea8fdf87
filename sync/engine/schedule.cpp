#include "sync/engine/schedule.h"

#include <algorithm>
#include <cmath>

namespace postern::engine {

namespace {

using std::chrono::duration_cast;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr minutes longest_pause{60};
constexpr minutes first_doubtful_pause{15};
constexpr minutes longest_doubtful_pause{240};

constexpr minutes least_learned{1};
constexpr minutes most_learned{60};
/// A minimum that was learned and is not needed any more should not stay for ever; one that is
/// needed costs a refused login now and then.
constexpr hours half_life{7 * 24};

bool concerns_logins(Schedule::Ending ending) {
  using Ending = Schedule::Ending;
  return ending == Ending::throttled || ending == Ending::doubtful || ending == Ending::refused;
}

/// Up to a tenth more or less.
milliseconds spread(milliseconds pause, double chance) {
  return duration_cast<milliseconds>(pause * (0.9 + 0.2 * chance));
}

/// Up to a tenth more.
milliseconds spread_above(milliseconds pause, double chance) {
  return duration_cast<milliseconds>(pause * (1 + 0.1 * chance));
}

milliseconds doubled(minutes first, unsigned failures, minutes most) {
  constexpr unsigned most_doublings = 6;
  const unsigned doublings = std::min(failures - 1, most_doublings);
  return std::min<milliseconds>(first * (1U << doublings), most);
}

}  // namespace

Schedule::Least Schedule::least() const {
  Least least;
  if (pace_.provider_least > least.gap) least = {pace_.provider_least, Least::Source::preset};
  if (login_delay_ > least.gap) least = {login_delay_, Least::Source::announced};
  if (learned_ > least.gap) least = {learned_, Least::Source::learned};
  return least;
}

void Schedule::set_learned(Seconds learned, SteadyTime now) {
  learned_ = std::min<seconds>(learned, most_learned);
  learned_at_ = now;
}

Schedule::Kept Schedule::kept() const {
  return {last_end_, last_success_, login_delay_,
          learned_,  refusals_,     login_refused() ? failures_ : 0};
}

void Schedule::restore(const Kept& kept, SteadyTime now) {
  last_end_ = kept.last;
  last_success_ = kept.last_success;
  login_delay_ = kept.announced;
  set_learned(kept.learned, now);
  refusals_ = kept.refusals;
  failures_ = std::max(kept.refusals, kept.failures);
  if (failures_ != 0) last_ending_ = refusals_ != 0 ? Ending::refused : Ending::doubtful;
  if (stopped()) {
    due_.reset();
  } else if (due_ && last_end_) {
    if (least().gap > Seconds(0)) due_ = std::max(*due_, *last_end_ + least().gap);
    if (last_ending_ == Ending::doubtful) {
      const auto doubt = std::max<milliseconds>(pause(Ending::doubtful), pace_.interval);
      due_ = std::max<SteadyTime>(*due_, *last_end_ + doubt);
    }
  }
}

/// The logins came too fast. How fast that was is known only if there was one before.
void Schedule::learn(SteadyTime now) {
  if (!last_end_ || now - *last_end_ > memory_of_success) return;
  const seconds known = std::max<seconds>(duration_cast<seconds>(now - *last_end_), least().gap);
  set_learned(std::max<seconds>(known * 3 / 2, least_learned), now);
}

void Schedule::unlearn(SteadyTime now) {
  const double lives = std::chrono::duration<double>(now - learned_at_) / half_life;
  learned_ = duration_cast<seconds>(learned_ * std::exp2(-lives));
  learned_at_ = now;
  if (learned_ < least_learned) learned_ = seconds(0);
}

milliseconds Schedule::pause(Ending ending) const {
  switch (ending) {
    case Ending::success: return pace_.interval;
    case Ending::standing: return longest_pause;
    case Ending::doubtful: return doubled(first_doubtful_pause, failures_, longest_doubtful_pause);
    case Ending::failure: return doubled(minutes(1), failures_, longest_pause);
    case Ending::throttled:
    case Ending::refused: break;
  }
  return std::max<milliseconds>(doubled(minutes(1), failures_, longest_pause), pace_.interval);
}

void Schedule::ended(Ending ending, std::optional<Seconds> login_delay, double chance,
                     SteadyTime now) {
  if (ending == Ending::throttled) learn(now);
  last_end_ = now;
  last_ending_ = ending;
  if (login_delay) login_delay_ = *login_delay;
  if (ending == Ending::refused) {
    ++refusals_;
  } else if (ending != Ending::failure) {
    // A connection that was lost in between says nothing about the credentials.
    refusals_ = 0;
  }
  if (ending == Ending::success) {
    failures_ = 0;
    last_success_ = now;
    unlearn(now);
  } else {
    ++failures_;
  }
  if (stopped()) {
    due_.reset();
    return;
  }
  due_ = now + std::max(spread(pause(ending), chance), spread_above(least().gap, chance));
}

SteadyTime Schedule::login_allowed(SteadyTime now) const {
  if (!last_end_ || least().gap == Seconds(0)) return now;
  return std::max(now, *last_end_ + least().gap);
}

std::optional<SteadyTime> Schedule::begin_beside(SteadyTime now) {
  const auto before = due_;
  if (due_ && least().gap > Seconds(0)) due_ = std::max(*due_, now + least().gap);
  return before;
}

void Schedule::withdraw_beside(std::optional<SteadyTime> due_before) {
  if (due_ && due_before) due_ = std::min(*due_, *due_before);
}

void Schedule::ended_beside(Ending ending, std::optional<Seconds> login_delay, double chance,
                            SteadyTime now) {
  if (concerns_logins(ending)) return ended(ending, login_delay, chance, now);
  last_end_ = now;
  if (login_delay) login_delay_ = *login_delay;
  if (ending == Ending::success) {
    const bool locked_out = failures_ != 0 && concerns_logins(last_ending_);
    last_success_ = now;
    unlearn(now);
    refusals_ = 0;
    if (locked_out) {
      failures_ = 0;
      last_ending_ = Ending::success;
      due_ = now;
    }
  }
  if (due_ && least().gap > Seconds(0))
    due_ = std::max<SteadyTime>(*due_, now + spread_above(least().gap, chance));
}

SteadyTime Schedule::earliest(SteadyTime when) const {
  if (!last_end_) return when;
  return std::max(when, *last_end_ + std::max(shortest_gap, least().gap));
}

/// Providers count what is tried in vain, and lock the account: a command in a script must not do
/// what this program does not do by itself.
SteadyTime Schedule::earliest_for_operator(SteadyTime when) const {
  if (!last_end_) return when;
  SteadyTime time = least().gap > Seconds(0) ? earliest(when) : when;
  if (login_refused() && failures_ > most_refusals)
    time = std::max<SteadyTime>(
        time, *last_end_ + doubled(minutes(1), failures_ - most_refusals, longest_pause));
  return time;
}

void Schedule::ask(Asker asker, SteadyTime when) {
  if (asker == Asker::corrected) {
    // Whoever has corrected a password wants to see at once whether it is right. Nothing else is
    // better known here than at the provider.
    const bool limited = last_ending_ == Ending::throttled;
    refusals_ = failures_ = 0;
    due_ = limited ? earliest(when) : when;
    return;
  }
  if (asker == Asker::operator_self) {
    refusals_ = 0;
    due_ = earliest_for_operator(when);
    return;
  }
  if (!due_) return;
  const bool reachable_again =
      asker == Asker::surroundings && last_ending_ == Ending::failure && failures_ != 0;
  if (failures_ != 0 && !reachable_again) return;
  due_ = std::min(*due_, earliest(when));
}

}  // namespace postern::engine
