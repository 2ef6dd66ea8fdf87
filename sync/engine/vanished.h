#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "config/config.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/engine/plan.h"
#include "sync/store/source_record.h"
#include "sync/wire/pop3/listing.h"

namespace postern::engine {

/// What becomes here of messages that vanished upstream (`gone_upstream`). Pure.
///
/// - `keep`: nothing, and that is settled: a later change of mind means what vanishes after it.
/// While
///   messages do not come that the listing names it is not: one of them may be what is gone.
/// - `trash`: what still lies in the mailbox that the source delivers to moves to the Trash, once
///   `listings_needed` good listings lacked it and `wait` has passed between the first of them and
///   the last. What somebody filed elsewhere stays there.
/// - Never more than a tenth of what the source has here at once, unless the operator says so. All
///   that is gone and was not moved yet counts, however long it is gone: a source that melts away
///   does not do it a tenth at a time.
///
/// A message comes back from `gone` whenever a listing names it, and then counts from the
/// beginning.

/// A listing is good if it is complete, names at least one message, did not lose suspiciously much,
/// and if all that it names is known: what waits for being fetched may be one of those that are
/// gone under another id. `unfinished`: this session tried to fetch what did not come.
enum class ListingWorth : std::uint8_t { good, none, unfinished };

struct VanishedInput {
  const std::vector<store::Origin>& known;
  ListingWorth listing = ListingWorth::none;
  config::GoneUpstream rule = config::GoneUpstream::keep;
  std::chrono::seconds wait{0};
  enum class Operator : std::uint8_t { silent, confirmed } said = Operator::silent;
  WallTime now;
  /// The wall clock went as the steady one did since the last poll, as in PlanInput. Of interest
  /// for a wait of a day or less.
  bool clock_trusted = false;
  /// As in PlanInput: a clock that jumps ahead is noticed within a day. Of interest for longer
  /// waits.
  WallTime listed_before{};
};

inline constexpr std::int32_t listings_needed = 3;

struct Vanished {
  /// One more good listing lacked them: [i] are those that i + 1 of them lacked by now.
  std::array<std::vector<OriginId>, listings_needed> missed;
  std::vector<OriginId> trash;    ///< to be moved now
  std::vector<OriginId> settled;  ///< they stay
  std::size_t waiting = 0;        ///< gone, and not long enough for anything
  std::size_t unconfirmed = 0;    ///< gone for good, and too many at once without the operator

  [[nodiscard]] bool news() const;
};

/// `plan` is what is left to be done after everything was fetched that could be.
[[nodiscard]] ListingWorth worth_of(const wire::pop3::Listing& listing, const Plan& plan);

[[nodiscard]] Vanished judge_vanished(const VanishedInput& input);

}  // namespace postern::engine
