#include "sync/wire/oauth/decide.h"

#include <algorithm>

namespace postern::wire::oauth {
namespace {

using std::chrono::seconds;

constexpr seconds slower{5};  ///< RFC 8628 section 3.5
constexpr seconds longest_interval{60};
constexpr seconds renewal_slack{300};

DeviceStep while_time_is_left(const DevicePoll& poll, seconds now) {
  return now + poll.interval < poll.ends ? DeviceStep::ask_again : DeviceStep::expired;
}

}  // namespace

DeviceStep next_step(DevicePoll& poll, ErrorKind error, seconds now) {
  switch (error) {
    case ErrorKind::authorization_pending: return while_time_is_left(poll, now);
    case ErrorKind::slow_down: poll.interval += slower; return while_time_is_left(poll, now);
    case ErrorKind::temporary: return next_step_lost(poll, now);
    case ErrorKind::access_denied: return DeviceStep::denied;
    case ErrorKind::expired_token: return DeviceStep::expired;
    case ErrorKind::invalid_grant:
    case ErrorKind::refused:
    case ErrorKind::redirect:
    case ErrorKind::nonsense: return DeviceStep::failed;
  }
  return DeviceStep::failed;
}

DeviceStep next_step_lost(DevicePoll& poll, seconds now) {
  // RFC 8628 section 3.5: exponential back-off after a time-out. Never faster than before.
  poll.interval = std::max(poll.interval, std::min(2 * poll.interval, longest_interval));
  return while_time_is_left(poll, now);
}

bool needs_renewal(seconds left, seconds lifetime) {
  return left <= std::min(renewal_slack, lifetime / 2);
}

RenewalEnd renewal_end(ErrorKind error) {
  switch (error) {
    case ErrorKind::invalid_grant:
    case ErrorKind::access_denied:
    case ErrorKind::expired_token: return RenewalEnd::sign_in;
    case ErrorKind::refused:
    case ErrorKind::redirect: return RenewalEnd::configure;
    case ErrorKind::authorization_pending:
    case ErrorKind::slow_down:
    case ErrorKind::temporary:
    case ErrorKind::nonsense: return RenewalEnd::later;
  }
  return RenewalEnd::later;
}

}  // namespace postern::wire::oauth
