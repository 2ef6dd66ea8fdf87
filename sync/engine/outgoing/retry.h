#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sync/base/clock.h"
#include "sync/store/submission.h"
#include "sync/wire/smtp/reply.h"

namespace postern::engine::outgoing {

/// RFC 5321 section 4.5.4.1: how long a message is tried.
inline constexpr std::chrono::seconds give_up_after = std::chrono::days(5);
/// And so often at least: with the pauses between, more than half a day.
inline constexpr std::uint32_t least_attempts = 12;
/// One that may have been sent already is tried again no sooner.
inline constexpr std::chrono::seconds doubtful_pause = std::chrono::hours(1);

/// The pause after so many attempts, growing. Pure.
[[nodiscard]] std::chrono::seconds pause_after(std::uint32_t attempts);
/// When it is to be tried: later than it says if it may have been sent already. Pure.
[[nodiscard]] WallTime due_of(const store::Submission& submission);

/// What one attempt brought. Pure data.
struct Attempt {
  /// Of MAIL, then of each recipient that was `due`, in order; fewer if it ended before.
  std::vector<wire::smtp::Reply> replies;
  /// Of the end of the message, or what was refused instead of it (DATA).
  std::optional<wire::smtp::Reply> message;
  /// What ended it before there was an answer; empty if nothing did.
  std::string trouble;
  store::Certainty certainty = store::Certainty::certain;
};

/// The recipients and the next attempt after this one: a server's 5yz is final, its 4yz and a lost
/// connection are not, until the time is up. Pure.
[[nodiscard]] store::Settlement settlement(const store::Submission& submission,
                                           const Attempt& attempt, WallTime now);

}  // namespace postern::engine::outgoing
