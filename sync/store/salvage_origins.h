#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sync/store/salvage_rows.h"

namespace postern::store {

/// From which sources the messages came that are saved from a damaged file, so that none of them is
/// fetched again, and none that was expunged. What is lost of that is taken from indexes; what is
/// lost there, too, is recognised at the next poll by equal bodies: under an id that no server
/// lists, and of a source that is `relinking`.
///
/// - A message whose link is lost or contradicts its body is linked to an origin of the same hash.
/// - An origin that nothing here bears and that is not expunged is forgotten, and so fetched again.
/// - One of which only the id is known is a tombstone if nothing here can be it; it is never
///   deleted upstream.
///
/// Order: saw() for each message that is saved, then decide(), then read the results.
class SalvagedOrigins {
 public:
  using Row = SalvageRows::Row;
  using Spot = SalvageRows::Spot;
  explicit SalvagedOrigins(const SalvageRows& rows, std::int64_t now) : rows_(rows), now_(now) {}

  /// What is recorded of where it came from.
  struct Recorded {
    bool known = false;       ///< its row, or an index, tells `origin`
    std::int64_t origin = 0;  ///< 0: it came from nowhere
  };
  void saw(const Spot& spot, std::string hash, std::int64_t octets, Recorded recorded);
  /// One that cannot be saved: it is to be fetched again.
  void lost(std::int64_t origin) { lost_.insert(origin); }
  /// Messages may be missing of which nothing at all is known.
  enum class Messages : std::uint8_t { complete, incomplete };
  void decide(Messages messages);

  std::map<std::int64_t, Row> sources;
  std::map<std::int64_t, Row> origins;
  std::map<Spot, std::int64_t> links;  ///< of messages to origins that are other than recorded
  std::uint64_t by_index = 0;          ///< origins of which only the id was left
  std::uint64_t relinked = 0;          ///< messages that were linked by their hash
  std::uint64_t waiting = 0;           ///< messages that the next poll is to recognise

 private:
  struct Seen {
    Spot spot;
    std::string hash;
    std::int64_t octets = 0;
    Recorded recorded;
  };

  void find_sources();
  void place_origins();
  void take_from_index(Messages messages);
  void link(const Seen& seen);
  void expect(const Seen& seen);
  Row bare_source(std::int64_t id, std::string key) const;
  Row bare_origin(std::int64_t id, std::int64_t source, std::string uidl) const;
  std::int64_t next_id();

  const SalvageRows& rows_;
  const std::int64_t now_;
  std::vector<Seen> seen_;
  std::multimap<std::int64_t, std::size_t> bearers_;  ///< origin -> place in `seen_`
  std::multimap<std::string, std::int64_t> by_hash_;
  std::set<std::int64_t> held_;
  std::set<std::int64_t> lost_;
  std::int64_t last_id_ = 0;
};

}  // namespace postern::store
