#pragma once

#include <map>
#include <optional>
#include <vector>

#include "sync/base/ids.h"
#include "sync/store/body.h"

namespace postern::engine {

/// Known messages that a listing lacks, by their bodies: what is fetched under an id that is not
/// known may be one of them. Each is claimed once, so that as many equal messages as the server has
/// are kept apart. Network thread.
class Absent {
 public:
  Absent() = default;
  /// `hashes[i]` is that of `origins[i]`; the first of equal ones is claimed first.
  Absent(const std::vector<OriginId>& origins, const std::vector<store::BodyHash>& hashes);

  /// The known message with this body, if there is one left.
  [[nodiscard]] std::optional<OriginId> claim(const store::BodyHash& hash);

 private:
  std::multimap<store::BodyHash, OriginId> left_;
};

}  // namespace postern::engine
