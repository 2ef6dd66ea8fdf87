#include "sync/engine/adoption.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace postern::engine {

namespace {

using store::Origin;
using store::OriginState;
using wire::pop3::ListedMessage;
using wire::pop3::Listing;

constexpr std::size_t of_known_ids = 4;
constexpr std::size_t most_samples = 8;
constexpr std::size_t enough_matches = 2;

/// The ids under which upstream may still hold a message of a former source.
std::unordered_map<std::string_view, std::size_t> live_ids(const FormerSource& former) {
  std::unordered_map<std::string_view, std::size_t> ids;
  for (std::size_t i = 0; i < former.origins.size(); ++i)
    if (former.origins[i].state != OriginState::gone) ids.emplace(former.origins[i].uidl, i);
  return ids;
}

/// Up to `count` of `all`, from all over it.
void spread(const std::vector<std::uint32_t>& all, std::size_t count,
            std::vector<std::uint32_t>& out) {
  count = std::min(count, all.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t place = count == 1 ? 0 : i * (all.size() - 1) / (count - 1);
    if (std::ranges::find(out, all[place]) == out.end()) out.push_back(all[place]);
  }
}

/// How many of the messages seen are a source's, if none speaks against it. `same(number, place)`:
/// whether it is the message of that place among the origins; `any(number)`: of some place.
template <class Same, class Any>
std::size_t matches(const Listing& listing, const FormerSource& former, const Same& same,
                    const Any& any) {
  const auto ids = ids_are_numbers(listing) ? decltype(live_ids(former))() : live_ids(former);
  std::size_t count = 0;
  for (const ListedMessage& message : listing.messages) {
    const auto known = ids.find(message.uidl);
    if (known != ids.end() && same(message.number, known->second) == false) return 0;
    if (any(message.number)) ++count;
  }
  return count;
}

/// The one with the most of the messages that were looked at, if these are enough.
std::optional<std::size_t> best(const std::vector<std::size_t>& counts, std::size_t looked_at) {
  const auto most = std::ranges::max_element(counts);
  if (most == counts.end() || *most == 0) return std::nullopt;
  if (*most < enough_matches && *most * 2 <= looked_at) return std::nullopt;
  return static_cast<std::size_t>(most - counts.begin());
}

}  // namespace

std::vector<std::uint32_t> adoption_samples(const Listing& listing,
                                            const std::vector<FormerSource>& formers) {
  std::vector<std::uint32_t> samples;
  if (std::ranges::all_of(formers, [](const auto& former) { return former.origins.empty(); }))
    return samples;
  std::vector<std::uint32_t> all;
  std::vector<std::uint32_t> known;
  std::unordered_set<std::string_view> ids;
  for (const FormerSource& former : formers)
    for (const auto& [uidl, place] : live_ids(former)) ids.insert(uidl);
  for (const ListedMessage& message : listing.messages) {
    all.push_back(message.number);
    if (ids.contains(message.uidl)) known.push_back(message.number);
  }
  spread(known, of_known_ids, samples);
  spread(all, most_samples - samples.size(), samples);
  std::ranges::sort(samples);
  return samples;
}

/// The three answers that there are: it is, it is not, nobody knows.
using Verdict = std::optional<bool>;

std::optional<std::size_t> adopted(const Listing& listing, const std::vector<FormerSource>& formers,
                                   const Headers& headers) {
  std::vector<std::size_t> counts;
  for (const FormerSource& former : formers) {
    std::vector<store::HeaderHash> hashes;
    for (const Origin& origin : former.origins)
      if (store::is_known(origin.header_hash)) hashes.push_back(origin.header_hash);
    std::ranges::sort(hashes);
    const auto same = [&](std::uint32_t number, std::size_t place) -> Verdict {
      const auto seen = headers.find(number);
      const store::HeaderHash& recorded = former.origins[place].header_hash;
      if (seen == headers.end() || !store::is_known(recorded)) return std::nullopt;
      return seen->second == recorded;
    };
    const auto any = [&](std::uint32_t number) {
      const auto seen = headers.find(number);
      return seen != headers.end() && std::ranges::binary_search(hashes, seen->second);
    };
    counts.push_back(matches(listing, former, same, any));
  }
  return best(counts, headers.size());
}

std::optional<std::size_t> adopted(const Listing& listing, const std::vector<FormerSource>& formers,
                                   const Bodies& bodies,
                                   const std::vector<std::vector<store::BodyHash>>& recorded) {
  std::vector<std::size_t> counts;
  for (std::size_t i = 0; i < formers.size(); ++i) {
    const std::vector<store::BodyHash>& hashes = recorded[i];
    const auto same = [&](std::uint32_t number, std::size_t place) -> Verdict {
      const auto seen = bodies.find(number);
      if (seen == bodies.end() || formers[i].origins[place].state == OriginState::skipped)
        return std::nullopt;
      return seen->second == hashes[place];
    };
    const auto any = [&](std::uint32_t number) {
      const auto seen = bodies.find(number);
      return seen != bodies.end() && std::ranges::find(hashes, seen->second) != hashes.end();
    };
    counts.push_back(matches(listing, formers[i], same, any));
  }
  return best(counts, bodies.size());
}

}  // namespace postern::engine
