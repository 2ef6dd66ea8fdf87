#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sync/base/clock.h"
#include "sync/engine/schedule.h"

namespace postern::engine {

/// What a source is doing, or waits for.
enum class SourceState : std::uint8_t {
  idle,  ///< the last poll went well
  polling,
  waiting,  ///< never polled yet
  wrong_password,
  sign_in_needed,  ///< the OAuth sign-in is missing or was withdrawn: postern login
  unreachable,     ///< name not found, refused, time-out
  bad_certificate,
  mailbox_locked,  ///< [IN-USE]
  throttled,
  server_error,   ///< an answer that makes no sense, or -ERR without a known reason
  store_failure,  ///< disk full, I/O error: nothing was acknowledged upstream
};

/// How far a poll is; counts are of this poll.
struct Progress {
  std::uint64_t messages_done = 0;
  std::uint64_t messages_total = 0;
  std::uint64_t octets_done = 0;
  std::uint64_t octets_total = 0;  ///< as the server announced them
};

/// What a person wants to know about one source.
struct SourceStatus {
  std::string account;
  std::string source;  ///< config::Source::key
  SourceState state = SourceState::waiting;
  std::string detail;                 ///< in words: what happened last and what to do; no secrets
  std::optional<WallTime> last_poll;  ///< when the last one ended
  std::optional<WallTime> last_success;
  std::optional<WallTime> next_poll;
  /// Not even a poll that is asked for begins before: the provider's limit.
  std::optional<WallTime> postponed_until;
  Schedule::Least least;  ///< the least time between two polls
  Progress progress;
  std::uint64_t listed = 0;   ///< messages upstream, by the last listing
  std::uint64_t fetched = 0;  ///< since the start of the program
  std::uint64_t deleted = 0;  ///< upstream, since the start of the program
  std::uint64_t trashed = 0;  ///< moved to the Trash here since the start: they are gone upstream
  /// Messages that are gone upstream and too many to move without the operator: PollWish.
  std::uint64_t unconfirmed = 0;
  unsigned failures = 0;  ///< in a row
};

}  // namespace postern::engine
