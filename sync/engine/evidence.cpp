#include "sync/engine/evidence.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_set>

namespace postern::engine {

namespace {

using store::HeaderHash;
using store::Origin;
using store::OriginState;
using wire::pop3::ListedMessage;
using wire::pop3::Listing;

bool is_live(const Origin& origin) {
  return origin.state != OriginState::gone;
}

/// The number that an id of a source without real ids is; 0: it is none.
std::uint32_t number_of(std::string_view uidl) {
  if (uidl.starts_with('\0')) uidl.remove_prefix(1);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(uidl.data(), uidl.data() + uidl.size(), number);
  return error == std::errc() && end == uidl.data() + uidl.size() ? number : 0;
}

bool sizes_agree(std::uint64_t announced, const Origin& origin) {
  return announced == 0 || origin.announced == 0 || announced == origin.announced ||
         announced == origin.also_announced;
}

std::unordered_set<std::string_view> live_ids(const std::vector<Origin>& known) {
  std::unordered_set<std::string_view> ids;
  ids.reserve(known.size());
  for (const Origin& origin : known)
    if (is_live(origin)) ids.insert(origin.uidl);
  return ids;
}

std::unordered_map<std::string_view, std::size_t> id_counts(const Listing& listing) {
  std::unordered_map<std::string_view, std::size_t> counts;
  for (const ListedMessage& message : listing.messages) ++counts[message.uidl];
  return counts;
}

/// The id under which one of several messages that share it was recorded, see plan.h.
std::string_view shared_part(std::string_view uidl) {
  return uidl.substr(0, uidl.find('\0'));
}

const ListedMessage* by_number(const Listing& listing, std::uint32_t number) {
  const auto found = std::ranges::lower_bound(listing.messages, number, {}, &ListedMessage::number);
  return found != listing.messages.end() && found->number == number ? &*found : nullptr;
}

struct Pair {
  const ListedMessage* message;
  const Origin* origin;
};

/// Messages and known ones of one header.
struct Bundle {
  std::vector<const ListedMessage*> messages;
  std::vector<const Origin*> live;
  std::vector<const Origin*> gone;
};

/// Those that can be told apart: one on each side, or else by size.
void pair_up(const Bundle& bundle, std::vector<Pair>& pairs) {
  const auto& origins = bundle.live.empty() ? bundle.gone : bundle.live;
  if (bundle.messages.size() == 1 && origins.size() == 1) {
    pairs.push_back({bundle.messages[0], origins[0]});
    return;
  }
  const auto alone = [](const auto& range, std::uint64_t octets, auto size) {
    return octets != 0 && std::ranges::count(range, octets, size) == 1;
  };
  const auto listed_size = [](const ListedMessage* m) { return m->octets; };
  const auto known_size = [](const Origin* o) { return o->announced; };
  for (const ListedMessage* message : bundle.messages) {
    if (!alone(bundle.messages, message->octets, listed_size)) continue;
    if (!alone(origins, message->octets, known_size)) continue;
    pairs.push_back({message, *std::ranges::find(origins, message->octets, known_size)});
  }
}

bool is_to_be_deleted(const Origin* origin) {
  return origin->state == OriginState::delete_due || origin->state == OriginState::delete_sent;
}

enum class Deletions : std::uint8_t { to_be_done, done };

/// Where messages stand that stood at the places of their numbers; nullopt: that cannot be.
std::optional<Continuity> standing(const Listing& listing,
                                   const std::vector<const Origin*>& by_order,
                                   Deletions deletions) {
  Continuity continuity;
  std::size_t went = 0;
  for (const Origin* origin : by_order) {
    if (deletions == Deletions::done && is_to_be_deleted(origin)) {
      ++went;
      continue;
    }
    const std::size_t place = number_of(origin->uidl) - went;
    const bool free = place > continuity.origins.size() && place <= listing.messages.size();
    if (!free || !sizes_agree(listing.messages[place - 1].octets, *origin)) return std::nullopt;
    continuity.origins.resize(place - 1, nullptr);
    continuity.origins.push_back(origin);
  }
  return continuity;
}

/// Names messages whose header no other one has, where sizes are not what they were; those that
/// kept theirs are `met` already.
void name_resized(const Listing& listing, const std::vector<Origin>& known, const Headers& headers,
                  const std::unordered_set<OriginId>& met, Evidence& evidence) {
  std::map<HeaderHash, Bundle> bundles;
  for (const auto& [number, hash] : headers) {
    const auto named = evidence.named.find(number);
    if (named != evidence.named.end() && !named->second)
      bundles[hash].messages.push_back(by_number(listing, number));
  }
  for (const Origin& origin : known) {
    if (!is_live(origin) || met.contains(origin.id)) continue;
    const auto bundle = bundles.find(origin.header_hash);
    if (bundle != bundles.end()) bundle->second.live.push_back(&origin);
  }
  std::vector<Pair> pairs;
  for (const auto& [hash, bundle] : bundles)
    if (bundle.messages.size() == 1 && bundle.live.size() == 1)
      pairs.push_back({bundle.messages[0], bundle.live[0]});
  const auto same_size = [](const Pair& pair) {
    return sizes_agree(pair.message->octets, *pair.origin);
  };
  const auto same = static_cast<std::size_t>(std::ranges::count_if(pairs, same_size));
  const bool sizes_vary = met.size() + same < pairs.size() - same;
  for (const Pair& pair : pairs)
    if (sizes_vary || same_size(pair))
      evidence.named.insert_or_assign(pair.message->number, pair.origin->id);
}

}  // namespace

bool ids_are_numbers(const Listing& listing) {
  return !listing.messages.empty() &&
         std::ranges::all_of(listing.messages, [](const ListedMessage& message) {
           return number_of(message.uidl) == message.number;
         });
}

bool lost_too_much(std::size_t lost, std::size_t kept) {
  constexpr std::size_t several = 3;
  return lost != 0 && (lost == kept || (lost >= several && lost > kept / 2));
}

bool is_resized(const ListedMessage& message, const Origin& origin) {
  return !sizes_agree(message.octets, origin);
}

bool needs_proof(const ListedMessage& message, const Origin& origin) {
  return origin.state == OriginState::delete_sent || is_resized(message, origin);
}

bool ids_changed(const Listing& listing, const std::vector<Origin>& known) {
  std::unordered_set<std::string_view> listed;
  listed.reserve(listing.messages.size());
  for (const ListedMessage& message : listing.messages) listed.insert(message.uidl);
  std::size_t kept = 0;
  std::size_t lost = 0;
  for (const Origin& origin : known) {
    if (origin.state != OriginState::stored && origin.state != OriginState::skipped) continue;
    ++kept;
    if (!listed.contains(origin.uidl) && !listed.contains(shared_part(origin.uidl))) ++lost;
  }
  return lost_too_much(lost, kept);
}

std::vector<std::uint32_t> unknown_messages(const Listing& listing,
                                            const std::vector<Origin>& known) {
  const auto ids = live_ids(known);
  std::vector<std::uint32_t> numbers;
  for (const ListedMessage& message : listing.messages)
    if (!ids.contains(message.uidl)) numbers.push_back(message.number);
  return numbers;
}

Evidence evidence_of_changed_ids(const Listing& listing, const std::vector<Origin>& known,
                                 const Headers& headers) {
  std::unordered_set<std::string_view> listed;
  for (const ListedMessage& message : listing.messages) listed.insert(message.uidl);
  std::map<HeaderHash, Bundle> bundles;
  for (const auto& [number, hash] : headers)
    if (const ListedMessage* message = by_number(listing, number))
      bundles[hash].messages.push_back(message);
  for (const Origin& origin : known) {
    const auto bundle = bundles.find(origin.header_hash);
    if (bundle == bundles.end()) continue;
    if (!is_live(origin)) {
      bundle->second.gone.push_back(&origin);
    } else if (!listed.contains(origin.uidl)) {
      bundle->second.live.push_back(&origin);
    }
  }
  std::vector<Pair> pairs;
  for (const auto& [hash, bundle] : bundles) pair_up(bundle, pairs);
  // Another server may count line ends otherwise. Where most sizes stayed, one that did not is
  // looked at more closely.
  const auto same_size = [](const Pair& pair) {
    return sizes_agree(pair.message->octets, *pair.origin);
  };
  const auto same = static_cast<std::size_t>(std::ranges::count_if(pairs, same_size));
  Evidence evidence;
  evidence.relinking = true;
  for (const Pair& pair : pairs) {
    if (same_size(pair) || same * 2 < pairs.size())
      evidence.named.emplace(pair.message->number, pair.origin->id);
  }
  return evidence;
}

std::vector<std::uint32_t> shared_ids(const Listing& listing, const std::vector<Origin>& known) {
  std::vector<std::uint32_t> numbers;
  if (listing.reliability == wire::pop3::Reliability::complete) return numbers;
  std::unordered_set<std::string_view> recorded;
  for (const Origin& origin : known)
    if (is_live(origin)) recorded.insert(shared_part(origin.uidl));
  const auto counts = id_counts(listing);
  for (const ListedMessage& message : listing.messages) {
    const bool shared = message.uidl.empty() || counts.at(message.uidl) > 1;
    if (shared && recorded.contains(message.uidl)) numbers.push_back(message.number);
  }
  return numbers;
}

void add_evidence_of_shared_ids(const Listing& listing, const std::vector<Origin>& known,
                                const Headers& headers, Evidence& evidence) {
  using Key = std::tuple<std::string_view, HeaderHash, std::uint64_t>;
  std::multimap<Key, OriginId> recorded;
  std::set<std::string_view> comparable;
  std::set<std::string_view> not_comparable;
  for (const Origin& origin : known) {
    if (!is_live(origin)) continue;
    const std::string_view uidl = shared_part(origin.uidl);
    (store::is_known(origin.header_hash) ? comparable : not_comparable).insert(uidl);
    recorded.emplace(Key{uidl, origin.header_hash, origin.announced}, origin.id);
  }
  for (const std::uint32_t number : shared_ids(listing, known)) {
    const auto header = headers.find(number);
    const ListedMessage& message = *by_number(listing, number);
    // As long as one of them has no header to compare, the places have to tell.
    if (header == headers.end() || not_comparable.contains(message.uidl)) continue;
    const auto found = recorded.find(Key{message.uidl, header->second, message.octets});
    if (found == recorded.end()) {
      evidence.named.emplace(number, std::nullopt);
    } else {
      evidence.named.emplace(number, found->second);
      recorded.erase(found);
    }
  }
}

std::vector<std::uint32_t> unproved_messages(const Listing& listing,
                                             const std::vector<Origin>& known,
                                             const Evidence& evidence) {
  std::unordered_map<std::string_view, const Origin*> unproved;
  for (const Origin& origin : known)
    if (is_live(origin) && store::is_known(origin.header_hash))
      unproved.emplace(origin.uidl, &origin);
  std::vector<std::uint32_t> numbers;
  if (unproved.empty()) return numbers;
  const auto counts = listing.reliability == wire::pop3::Reliability::complete
                          ? decltype(id_counts(listing))()
                          : id_counts(listing);
  for (const ListedMessage& message : listing.messages) {
    const auto origin = unproved.find(message.uidl);
    if (origin == unproved.end() || !needs_proof(message, *origin->second)) continue;
    const auto count = counts.find(message.uidl);
    const bool shared = count != counts.end() && count->second > 1;
    if (!shared && !evidence.named.contains(message.number)) numbers.push_back(message.number);
  }
  return numbers;
}

void add_evidence_of_unproved(const Listing& listing, const std::vector<Origin>& known,
                              const Headers& headers, Evidence& evidence) {
  std::unordered_map<std::string_view, const Origin*> live;
  for (const Origin& origin : known)
    if (is_live(origin)) live.emplace(origin.uidl, &origin);
  for (const auto& [number, header] : headers) {
    const ListedMessage* message = by_number(listing, number);
    if (message == nullptr) continue;
    const auto origin = live.find(message->uidl);
    if (origin != live.end() && origin->second->header_hash == header)
      evidence.named.emplace(number, origin->second->id);
  }
}

std::vector<Continuity> continuities(const Listing& listing, const std::vector<Origin>& known) {
  std::vector<const Origin*> by_order;
  for (const Origin& origin : known)
    if (is_live(origin) && number_of(origin.uidl) != 0) by_order.push_back(&origin);
  std::ranges::sort(by_order, {}, [](const Origin* o) { return number_of(o->uidl); });
  std::vector<Continuity> candidates;
  if (auto all = standing(listing, by_order, Deletions::to_be_done))
    candidates.push_back(std::move(*all));
  if (!std::ranges::any_of(by_order, is_to_be_deleted)) return candidates;
  if (auto fewer = standing(listing, by_order, Deletions::done))
    candidates.push_back(std::move(*fewer));
  return candidates;
}

Evidence evidence_of_order(const Listing& listing, const Continuity& continuity) {
  Evidence evidence;
  for (std::size_t i = 0; i < listing.messages.size(); ++i) {
    std::optional<OriginId> origin;
    if (i < continuity.origins.size() && continuity.origins[i] != nullptr)
      origin = continuity.origins[i]->id;
    evidence.named.emplace(listing.messages[i].number, origin);
  }
  return evidence;
}

Evidence evidence_of_headers(const Listing& listing, const std::vector<Origin>& known,
                             const Headers& headers) {
  using Key = std::tuple<HeaderHash, std::uint64_t>;
  std::multimap<Key, OriginId> recorded;
  // Those that are there come before those that were gone.
  for (const Origin& origin : known)
    if (is_live(origin)) recorded.emplace(Key{origin.header_hash, origin.announced}, origin.id);
  for (const Origin& origin : known)
    if (!is_live(origin)) recorded.emplace(Key{origin.header_hash, origin.announced}, origin.id);
  Evidence evidence;
  evidence.relinking = true;
  evidence.by_bodies = headers.empty();
  std::unordered_set<OriginId> met;
  for (const ListedMessage& message : listing.messages) {
    std::optional<OriginId> origin;
    if (const auto header = headers.find(message.number); header != headers.end()) {
      const auto found = recorded.lower_bound(Key{header->second, message.octets});
      if (found != recorded.end() && found->first == Key{header->second, message.octets}) {
        origin = found->second;
        met.insert(found->second);
        recorded.erase(found);
      }
    }
    evidence.named.emplace(message.number, origin);
  }
  name_resized(listing, known, headers, met, evidence);
  return evidence;
}

}  // namespace postern::engine
