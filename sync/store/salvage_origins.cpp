#include "sync/store/salvage_origins.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sync/store/source_record.h"

namespace postern::store {

namespace {

using Blob = SalvageRows::Blob;

// The columns of a source and of an origin.
constexpr std::size_t relinking = 4;
constexpr std::size_t source_of = 1;
constexpr std::size_t uidl_of = 2;
constexpr std::size_t octets_of = 3;
constexpr std::size_t hash_of = 4;
constexpr std::size_t state_of = 6;
constexpr std::size_t expunged = 7;
constexpr std::size_t gone_since = 9;
constexpr std::size_t retired = 10;
constexpr std::size_t lacking = 11;
constexpr std::size_t placeholder = 12;

std::int64_t number(OriginState state) {
  return static_cast<std::int64_t>(state);
}

/// As of a message that is here no more, and that nothing is deleted upstream for.
void make_tombstone(SalvageRows::Row& origin) {
  origin[expunged] = std::int64_t{1};
  origin[placeholder] = std::int64_t{1};
  if (number_in(origin, retired) == 0) origin[state_of] = number(OriginState::skipped);
}

}  // namespace

SalvagedOrigins::Row SalvagedOrigins::bare_source(std::int64_t id, std::string key) const {
  const std::int64_t none = 0;
  return {id,   std::move(key), none, none, std::int64_t{1}, none,
          none, none,           none, none, std::string(),   none};
}

SalvagedOrigins::Row SalvagedOrigins::bare_origin(std::int64_t id, std::int64_t source,
                                                  std::string uidl) const {
  const std::int64_t none = 0;
  return {id,
          source,
          Blob{std::move(uidl)},
          none,
          Blob{},
          none,
          number(OriginState::stored),
          none,
          now_,
          none,
          none,
          none,
          none,
          Blob{},
          none,
          none};
}

std::int64_t SalvagedOrigins::next_id() {
  return ++last_id_;
}

void SalvagedOrigins::saw(const Spot& spot, std::string hash, std::int64_t octets,
                          Recorded recorded) {
  if (recorded.origin != 0) bearers_.emplace(recorded.origin, seen_.size());
  last_id_ = std::max(last_id_, recorded.origin);
  seen_.push_back({spot, std::move(hash), octets, recorded});
}

void SalvagedOrigins::decide(Messages messages) {
  find_sources();
  place_origins();
  take_from_index(messages);
  for (const auto& [id, origin] : origins) last_id_ = std::max(last_id_, id);
  for (const auto& [id, origin] : origins)
    if (number_in(origin, expunged) == 0) by_hash_.emplace(octets_in(origin, hash_of), id);
  for (const Seen& seen : seen_) {
    const auto origin = origins.find(seen.recorded.origin);
    if (origin != origins.end() && octets_in(origin->second, hash_of) == seen.hash)
      held_.insert(seen.recorded.origin);
  }
  for (const Seen& seen : seen_) link(seen);
  std::erase_if(origins, [this](const auto& one) {
    return number_in(one.second, expunged) == 0 && !held_.contains(one.first);
  });
}

/// Those whose row is lost have their key in an index; one without it gets a name that nobody is
/// configured by, so that the source whose maildrop it is takes it over.
void SalvagedOrigins::find_sources() {
  std::set<std::string> keys;
  for (const auto& [id, row] : rows_.sources) {
    if (keys.insert(octets_in(row, 1)).second) sources[id] = row;
  }
  for (const auto& [id, key] : rows_.source_keys) {
    if (!sources.contains(id) && keys.insert(key).second) sources[id] = bare_source(id, key);
  }
  std::set<std::int64_t> named;
  for (const auto& [id, row] : rows_.origins) named.insert(number_in(row, source_of));
  for (const auto& [id, uidl] : rows_.uidls) named.insert(uidl.source);
  for (const std::int64_t id : named) {
    // Of a table that is whole no row is missing: the number was hit.
    const bool whole = rows_.whole("source") && !sources.empty();
    if (!sources.contains(id) && !whole)
      sources[id] = bare_source(id, fmt::format("lost-source-{}", id));
  }
}

void SalvagedOrigins::place_origins() {
  for (const auto& [id, row] : rows_.origins) {
    Row origin = row;
    if (!sources.contains(number_in(origin, source_of))) {
      const auto uidl = rows_.uidls.find(id);
      if (uidl != rows_.uidls.end() && sources.contains(uidl->second.source)) {
        origin[source_of] = uidl->second.source;
      } else if (sources.size() == 1) {
        origin[source_of] = sources.begin()->first;
      } else {
        continue;
      }
    }
    origins.emplace(id, std::move(origin));
  }
}

void SalvagedOrigins::take_from_index(Messages messages) {
  for (const auto& [id, uidl] : rows_.uidls) {
    const auto source = sources.find(uidl.source);
    if (rows_.origins.contains(id) || source == sources.end()) continue;
    Row origin = bare_origin(id, uidl.source, uidl.octets);
    source->second[relinking] = std::int64_t{1};
    if (uidl.retired != 0) {
      origin[retired] = id;
      origin[state_of] = number(OriginState::gone);
      origin[gone_since] = now_;
      origin[lacking] = std::int64_t{not_counted};
    }
    if (const auto bearer = bearers_.find(id); bearer != bearers_.end()) {
      origin[hash_of] = Blob{seen_[bearer->second].hash};
      origin[octets_of] = seen_[bearer->second].octets;
    } else if (messages == Messages::incomplete || lost_.contains(id)) {
      continue;
    } else {
      make_tombstone(origin);
    }
    origins.emplace(id, std::move(origin));
    ++by_index;
  }
}

/// Keeps a link that agrees with the message's hash; else looks for one that does.
void SalvagedOrigins::link(const Seen& seen) {
  if (seen.recorded.known && seen.recorded.origin == 0) return;
  const auto recorded = origins.find(seen.recorded.origin);
  const bool there = recorded != origins.end();
  const bool agrees = there && octets_in(recorded->second, hash_of) == seen.hash;
  if (agrees) {
    recorded->second[expunged] = std::int64_t{0};
    return;
  }
  const auto [first, last] = by_hash_.equal_range(seen.hash);
  auto best =
      std::find_if(first, last, [this](const auto& one) { return !held_.contains(one.second); });
  if (best == last) best = first;
  if (best != last) {
    links[seen.spot] = best->second;
    held_.insert(best->second);
    ++relinked;
  } else if (there && !held_.contains(recorded->first)) {
    // The message was checked against a hash of its own: it is the origin's that was hit.
    recorded->second[hash_of] = Blob{seen.hash};
    recorded->second[expunged] = std::int64_t{0};
    held_.insert(recorded->first);
  } else {
    links[seen.spot] = 0;
    if (!rows_.whole("origin") || seen.recorded.origin != 0) expect(seen);
  }
}

/// The next poll is to recognise it by its body.
void SalvagedOrigins::expect(const Seen& seen) {
  if (sources.empty()) return;
  ++waiting;
  const bool held = seen.recorded.origin != 0 && sources.size() == 1;
  for (auto& [source, row] : sources) {
    row[relinking] = std::int64_t{1};
    const std::int64_t id = next_id();
    Row origin = bare_origin(id, source, std::string("\0~", 2) + std::to_string(id));
    origin[hash_of] = Blob{seen.hash};
    origin[octets_of] = seen.octets;
    if (held) {
      links[seen.spot] = id;
      held_.insert(id);
      by_hash_.emplace(seen.hash, id);
    } else {
      make_tombstone(origin);
    }
    origins.emplace(id, std::move(origin));
  }
}

}  // namespace postern::store
