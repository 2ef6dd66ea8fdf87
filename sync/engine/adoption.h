#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sync/engine/evidence.h"
#include "sync/store/source_record.h"
#include "sync/wire/pop3/listing.h"

namespace postern::engine {

/// A source is named by its server, port and user. When the operator changes one of these, what was
/// recorded under the former name goes on under the new one, if the maildrop is the same: otherwise
/// all its mail would be delivered again. Pure functions.
///
/// Ids alone are no proof: two servers may count alike, and a message that is taken for another one
/// is never fetched. So some messages are looked at, by their headers, or by their bodies where TOP
/// does not work. Two that are known by their content are proof enough, or more than half of those
/// looked at: a single one may have been sent to both, or moved from one to the other. One whose id
/// says that it is known, and whose content says otherwise, is proof of the contrary.

/// A source that was polled once and is not configured any more.
struct FormerSource {
  std::string key;
  std::vector<store::Origin> origins;
};

/// The messages to look at: a few whose ids are known, and a few from all over the listing. None if
/// nobody else's mail is recorded here.
[[nodiscard]] std::vector<std::uint32_t> adoption_samples(const wire::pop3::Listing& listing,
                                                          const std::vector<FormerSource>& formers);

/// The one whose maildrop this is, by its place in `formers`.
[[nodiscard]] std::optional<std::size_t> adopted(const wire::pop3::Listing& listing,
                                                 const std::vector<FormerSource>& formers,
                                                 const Headers& headers);
/// The same by bodies: `recorded[i][j]` is that of `formers[i].origins[j]`.
using Bodies = std::unordered_map<std::uint32_t, store::BodyHash>;
[[nodiscard]] std::optional<std::size_t> adopted(
    const wire::pop3::Listing& listing, const std::vector<FormerSource>& formers,
    const Bodies& bodies, const std::vector<std::vector<store::BodyHash>>& recorded);

}  // namespace postern::engine
