#include "sync/engine/schedule.h"

#include <algorithm>

namespace postern::engine {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr unsigned most_doublings = 6;
constexpr minutes longest_pause{60};

/// Up to a tenth more or less.
milliseconds spread(milliseconds pause, double chance) {
  return duration_cast<milliseconds>(pause * (0.9 + 0.2 * chance));
}

milliseconds pause_after(unsigned failures) {
  const unsigned doublings = std::min(failures - 1, most_doublings);
  return std::min<milliseconds>(minutes(1U << doublings), longest_pause);
}

}  // namespace

void Schedule::ended(Ending ending, std::optional<std::chrono::seconds> login_delay, double chance,
                     SteadyTime now) {
  last_end_ = now;
  if (login_delay) login_delay_ = *login_delay;
  refusals_ = ending == Ending::refused ? refusals_ + 1 : 0;
  if (ending == Ending::success) {
    failures_ = 0;
    last_success_ = now;
    due_ = now + std::max<milliseconds>(spread(interval_, chance), login_delay_);
    return;
  }
  ++failures_;
  if (refusals_ >= most_refusals) {
    due_.reset();
    return;
  }
  milliseconds pause = spread(pause_after(failures_), chance);
  if (ending != Ending::failure) pause = std::max<milliseconds>(pause, interval_);
  due_ = now + std::max<milliseconds>(pause, login_delay_);
}

void Schedule::ask(Asker asker, SteadyTime when) {
  if (asker == Asker::operator_self) {
    refusals_ = 0;
    due_ = when;
    return;
  }
  if (!due_ || failures_ != 0) return;
  if (last_end_) when = std::max(when, *last_end_ + std::max(shortest_gap, login_delay_));
  due_ = std::min(*due_, when);
}

}  // namespace postern::engine
