#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "config/config.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/store/source_record.h"
#include "sync/wire/pop3/listing.h"

namespace postern::engine {

/// What a poll does, decided from what the server lists and what is known here. Pure: the same
/// input gives the same plan, and a plan that was carried out in part is followed by one that does
/// the rest.
///
/// Invariants:
/// - A message whose id is known and not gone, tombstones included, is not fetched again, unless
///   the server announces another size for it than before (R6): then what was known is gone.
/// - Only a complete listing says that something is gone, and not one that lost suspiciously much
///   at once; an id that is listed again after that is fetched again, and the store compares
///   it by content with what went.
/// - Only a listing that is not broken lets anything be deleted, and then only what it names
///   without ambiguity and what is stored here.
/// - Nothing is deleted before one full sync of the source has completed.
///
/// How messages are named. A message with an id of its own is recorded under that id. Messages that
/// share an id in one listing (or have an empty one) cannot be told apart by it: they are recorded
/// under `ambiguous_key`: the id, the announced size and the place among those equal in both, with
/// NUL between, which no id holds. One of them may be an older message that is recorded under
/// the plain id: the one whose size fits, else the first. Such messages are fetched once each and
/// never deleted upstream, not even when later listings name them without ambiguity.

struct FetchItem {
  std::uint32_t number = 0;
  std::uint64_t octets = 0;  ///< as announced
  std::string key;           ///< what it will be recorded under
};

struct DeleteItem {
  std::uint32_t number = 0;
  OriginId origin;
};

struct Plan {
  std::vector<FetchItem> fetch;        ///< in the order in which to fetch
  std::vector<OriginId> mark_due;      ///< to be committed as `delete_due` before any DELE
  std::vector<DeleteItem> remove;      ///< to be sent DELE, once `mark_due` is on disk
  std::vector<OriginId> mark_gone;     ///< a complete listing lacks them
  std::size_t removals_confirmed = 0;  ///< of `mark_gone`: those that were `delete_due`
  std::size_t postponed_deletes = 0;   ///< that the policy wants and R20 or the listing forbid now
  bool forget = false;                 ///< records are past `forget_after`
  bool suspicious = false;             ///< the listing lost too much at once to be believed
};

/// How long gone origins and tombstones are remembered.
inline constexpr std::chrono::days forget_after{90};

struct PlanInput {
  const wire::pop3::Listing& listing;
  const std::vector<store::Origin>& known;
  config::KeepOnServer keep;
  WallTime now;
  /// A full sync was completed since the program started. Otherwise a poll that has nothing to
  /// fetch shows that there was one.
  bool full_sync_before = false;
  /// The wall clock agrees with the steady one since the last poll: ages may be judged.
  bool clock_trusted = false;
  /// An earlier listing, long enough ago, was `suspicious` too, and none between was not.
  bool loss_confirmed = false;
  /// Keys whose fetching ended a session: they come last, so that they do not block the others.
  const std::set<std::string>& troublesome;
};

[[nodiscard]] Plan make_plan(const PlanInput& input);

[[nodiscard]] std::string ambiguous_key(std::string_view uidl, std::uint64_t octets,
                                        std::size_t place);

}  // namespace postern::engine
