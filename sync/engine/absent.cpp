#include "sync/engine/absent.h"

#include <algorithm>

namespace postern::engine {

Absent::Absent(const std::vector<OriginId>& origins, const std::vector<store::BodyHash>& hashes) {
  const std::size_t count = std::min(origins.size(), hashes.size());
  for (std::size_t i = 0; i < count; ++i)
    if (hashes[i] != store::BodyHash{}) left_.emplace(hashes[i], origins[i]);
}

std::optional<OriginId> Absent::claim(const store::BodyHash& hash) {
  const auto found = left_.lower_bound(hash);
  if (found == left_.end() || found->first != hash) return std::nullopt;
  const OriginId origin = found->second;
  left_.erase(found);
  return origin;
}

}  // namespace postern::engine
