#include "sync/engine/absent.h"

#include <algorithm>
#include <utility>

namespace postern::engine {

Absent::Absent(const std::vector<OriginId>& origins, const std::vector<store::BodyHash>& hashes,
               std::vector<AbsentPlaceholder> placeholders)
    : placeholders_(std::move(placeholders)) {
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

std::optional<OriginId> Absent::claim_placeholder(std::uint64_t announced,
                                                  const store::HeaderHash& header) {
  const auto found = std::ranges::find_if(placeholders_, [&](const AbsentPlaceholder& other) {
    const bool comparable = store::is_known(header) && store::is_known(other.header_hash);
    return announced != 0 && other.announced == announced &&
           (!comparable || other.header_hash == header);
  });
  if (found == placeholders_.end()) return std::nullopt;
  const OriginId origin = found->origin;
  placeholders_.erase(found);
  return origin;
}

}  // namespace postern::engine
