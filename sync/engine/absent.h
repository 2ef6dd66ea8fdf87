#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "sync/base/ids.h"
#include "sync/store/body.h"
#include "sync/store/source_record.h"

namespace postern::engine {

/// A placeholder whose message a listing lacks.
struct AbsentPlaceholder {
  OriginId origin;
  std::uint64_t announced = 0;  ///< octets of the message that it stands for
  store::HeaderHash header_hash{};
};

/// Known messages that a listing lacks, by their bodies: what is fetched under an id that is not
/// known may be one of them. Each is claimed once, so that as many equal messages as the server has
/// are kept apart. Network thread.
///
/// Two messages may be equal to the octet, like those that a program sends each night without a
/// date. So a body names a known message only as long as that should still be upstream, or went by
/// itself and is not settled. One whose deletion the server accepted, tombstones too, is named
/// - by a body with a header that tells messages apart (see header_hash.h), or
/// - by any equal body while ids change: then the server numbers anew what it has, and what was
///   deleted may be among it.
/// Otherwise what came is another message: to deliver one twice is the smaller harm.
class Absent {
 public:
  Absent() = default;
  /// `hashes[i]` is that of `origins[i]`; the first of equal ones is claimed first.
  Absent(const std::vector<OriginId>& origins, const std::vector<store::BodyHash>& hashes,
         std::vector<AbsentPlaceholder> placeholders = {});

  /// The known message with this body, if there is one left.
  [[nodiscard]] std::optional<OriginId> claim(const store::BodyHash& hash);
  /// The placeholder that stands for a message of this size, which is not fetched, if there is one
  /// left. Headers have to agree where both are known.
  [[nodiscard]] std::optional<OriginId> claim_placeholder(std::uint64_t announced,
                                                          const store::HeaderHash& header);

 private:
  std::multimap<store::BodyHash, OriginId> left_;
  std::vector<AbsentPlaceholder> placeholders_;
};

}  // namespace postern::engine
