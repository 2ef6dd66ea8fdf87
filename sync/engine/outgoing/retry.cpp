#include "sync/engine/outgoing/retry.h"

#include <algorithm>
#include <array>

namespace postern::engine::outgoing {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using State = store::SubmissionRecipient::State;

constexpr std::array<seconds, 8> pauses{minutes(1),  minutes(2), minutes(5), minutes(10),
                                        minutes(30), hours(1),   hours(2),   hours(4)};

/// What a reply makes of a recipient; `sent` only if it ended the message.
State state_after(const wire::smtp::Reply& reply) {
  if (reply.positive()) return State::sent;
  return reply.permanent() ? State::failed : State::due;
}

/// The reply that decides about the recipient with this place among those that were due; nullptr:
/// there was none.
const wire::smtp::Reply* decisive(const Attempt& attempt, std::size_t place) {
  const auto& replies = attempt.replies;
  if (replies.empty()) return nullptr;
  if (!replies.front().positive()) return &replies.front();
  if (place + 1 >= replies.size()) return nullptr;
  const wire::smtp::Reply& own = replies[place + 1];
  if (!own.positive()) return &own;
  return attempt.message ? &*attempt.message : nullptr;
}

}  // namespace

seconds pause_after(std::uint32_t attempts) {
  const std::size_t index = attempts == 0 ? 0 : attempts - 1;
  return pauses[std::min(index, pauses.size() - 1)];
}

WallTime due_of(const store::Submission& submission) {
  if (submission.certainty == store::Certainty::certain) return submission.due;
  return submission.due + std::max(seconds(0), doubtful_pause - pause_after(submission.attempts));
}

store::Settlement settlement(const store::Submission& submission, const Attempt& attempt,
                             WallTime now) {
  store::Settlement out;
  out.recipients = submission.recipients;
  // Doubt does not pass with another attempt: only with the end.
  const bool doubtful = submission.certainty == store::Certainty::unknown;
  out.certainty = doubtful ? submission.certainty : attempt.certainty;
  out.problem = attempt.trouble;
  // A clock that was wrong when the message came ages it at once, but brings no attempts.
  const bool expired =
      now - submission.accepted >= give_up_after && submission.attempts >= least_attempts;
  std::size_t place = 0;
  for (store::SubmissionRecipient& recipient : out.recipients) {
    if (recipient.state != State::due) continue;
    if (const wire::smtp::Reply* reply = decisive(attempt, place++)) {
      recipient.state = state_after(*reply);
      recipient.answer = reply->line();
      if (recipient.state != State::sent) out.problem = recipient.answer;
    }
    if (recipient.state == State::due && expired) {
      recipient.state = State::failed;
      if (recipient.answer.empty()) recipient.answer = out.problem;
    }
  }
  out.due = now + pause_after(submission.attempts);
  return out;
}

}  // namespace postern::engine::outgoing
