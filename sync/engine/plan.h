#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/texts.h"
#include "sync/engine/absent.h"
#include "sync/engine/evidence.h"
#include "sync/store/source_record.h"
#include "sync/wire/pop3/listing.h"

namespace postern::engine {

/// What a poll does, decided from what the server lists and what is known here. Pure: the same
/// input gives the same plan, and a plan that was carried out in part is followed by one that does
/// the rest.
///
/// Invariants:
/// - A message whose id is known and not gone, tombstones included, is not fetched again, unless
///   the server announces another size for it than before. Then it is fetched to be compared with
///   what is known (see store::Transaction::deliver), and not deleted meanwhile.
/// - An id whose message a DELE was accepted for, and that is listed again, gets no other DELE
///   until it is proved to be that message and not one that got its id since: by evidence, else it
///   is fetched to be compared, a few in each session.
/// - Evidence (see evidence.h) goes before ids: a message that is known under another id is
///   recorded under its new one, one that is not the known one of its id is fetched.
/// - Only a complete listing says that something is gone, and not one that lost suspiciously much
///   at once; an id that is listed again after that is fetched again, and compared by content with
///   what went.
/// - Only a listing that is not broken lets anything be deleted, and then only what it names
///   without ambiguity and what is stored here; nothing while ids change.
/// - Nothing is deleted before one full sync of the source has completed.
/// - A message that cannot be fetched holds up neither the others nor deletions: it is tried again
///   alone, when everything else is done, less and less often.
/// - A placeholder stands for a message beyond the limit, which is never deleted upstream. One
///   announced size beyond the limit is put to the test by fetching; once the server was right, it
///   is believed; once it was wrong, all are tried.
///
/// How messages are named. A message with an id of its own is recorded under that id. Messages that
/// share an id in one listing (or have an empty one) cannot be told apart by it: they are recorded
/// under `ambiguous_key`: the id, the announced size and the place among those equal in both, with
/// NUL between, which no id holds. One of them may be an older message that is recorded under
/// the plain id: the one whose size fits, else the first. Such messages are fetched once each and
/// never deleted upstream, not even when later listings name them without ambiguity.

struct FetchItem {
  std::uint32_t number = 0;
  std::uint32_t failures = 0;  ///< so far
  std::uint64_t octets = 0;    ///< as announced
  std::string_view key;        ///< what it will be recorded under; in the plan's `texts`
};

struct DeleteItem {
  std::uint32_t number = 0;
  OriginId origin;
};

struct Plan {
  std::vector<FetchItem> fetch;          ///< in the order in which to fetch
  std::vector<FetchItem> retry;          ///< at the end, each alone: they may cost the session
  std::vector<FetchItem> oversize;       ///< get placeholders instead of being fetched
  std::vector<store::Rebinding> rebind;  ///< to be committed before anything else
  std::vector<OriginId> mark_due;        ///< to be committed as `delete_due` before any DELE
  std::vector<DeleteItem> remove;        ///< to be sent DELE, once `mark_due` is on disk
  std::vector<OriginId> left;            ///< expunged here, and not to be deleted there this time
  std::vector<OriginId> mark_gone;       ///< a complete listing lacks them
  std::vector<OriginId> absent;  ///< known, not in this listing, and perhaps under another id
  std::vector<AbsentPlaceholder> placeholders;  ///< those of `absent` that are too large
  /// Proved to be the known ones, at a size that is new: to be committed.
  std::vector<std::pair<OriginId, std::uint64_t>> sizes;
  std::vector<std::string> settled;    ///< failures whose message is not listed any more
  std::size_t removals_confirmed = 0;  ///< of `mark_gone`: those that were to be deleted
  std::size_t postponed_deletes = 0;   ///< that the policy wants and that must not be done now
  std::size_t failing = 0;             ///< messages that are not even tried this time
  bool forget = false;                 ///< records are past `forget_after`
  bool suspicious = false;             ///< the listing lost too much at once to be believed
  bool resized = false;  ///< too many known messages have another size for anything to be deleted
  std::shared_ptr<const Texts> texts;  ///< of the keys, the listing's among them
};

/// A plan from which nothing follows: the same listing brings the same one until something changes
/// here or time passes.
[[nodiscard]] bool calls_for_nothing(const Plan& plan);

/// How long gone origins and tombstones are remembered.
inline constexpr std::chrono::days forget_after{90};

/// When to try again what failed so often.
[[nodiscard]] WallTime next_try(std::uint32_t failures, WallTime now);

struct PlanInput {
  const wire::pop3::Listing& listing;
  const std::vector<store::Origin>& known;
  const Evidence& evidence;
  const std::vector<store::FetchFailure>& failures;
  config::KeepOnServer keep;
  WallTime now;
  std::uint64_t message_limit;  ///< octets
  /// A full sync was completed. Otherwise a poll that has nothing to fetch shows that there was
  /// one.
  bool full_sync_before = false;
  /// An earlier listing, long enough ago, was `suspicious` too, and none between was not.
  bool loss_confirmed = false;
  /// The source's own clock (see watch.h): nothing has an age that only the wall clock says.
  std::chrono::seconds watched{0};
};

[[nodiscard]] Plan make_plan(const PlanInput& input);

[[nodiscard]] std::string ambiguous_key(std::string_view uidl, std::uint64_t octets,
                                        std::size_t place);
/// The id of a known message whose own was given to another one: no server lists it.
[[nodiscard]] std::string parked_key(OriginId origin);

}  // namespace postern::engine
