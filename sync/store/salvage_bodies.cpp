#include "sync/store/salvage_bodies.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "sync/store/chunk_codec.h"
#include "sync/store/chunk_map.h"
#include "sync/store/failure.h"
#include "sync/store/schema.h"

namespace postern::store {

SalvagedBodies::SalvagedBodies(DamagedFile& from, const SalvageRows& rows,
                               const SalvagedMessages& messages, std::filesystem::path spool)
    : from_(from), rows_(rows), spool_(std::move(spool)) {
  for (const auto& [spot, message] : messages.all) {
    if (!message.row) continue;
    announced_[message.body] = static_cast<std::uint64_t>(number_in(*message.row, 3));
    const auto origin = rows_.origins.find(number_in(*message.row, 9));
    if (origin != rows_.origins.end())
      hashes_[message.body].push_back(octets_in(origin->second, 4));
  }
}

std::uint64_t SalvagedBodies::announced() const {
  std::uint64_t total = 0;
  for (const auto& [body, octets] : announced_) total += octets;
  return total;
}

/// The octets of a chunk, all of them if it is known how many those are.
bool SalvagedBodies::feed(IncomingBody& into, std::int64_t chunk,
                          std::optional<std::uint64_t> octets) {
  const auto place = rows_.chunks.find(chunk);
  if (place == rows_.chunks.end()) return false;
  bool whole = false;
  from_.row(place->second, [&](const DamagedFile::Row& row) {
    if (row.values.size() != 2 || row.rowid != chunk) return;
    const std::string_view stored = row.values[1].octets;
    const auto size = octets ? octets : expanded_octets(stored);
    if (!size || *size > chunk_octets) return;
    std::string out;
    try {
      expand_chunk(stored, *size, out);
    } catch (const StoreFailure& failure) {
      if (failure.kind() != FailureKind::corrupt) throw;
      return;
    }
    into.feed(out);
    whole = true;
  });
  return whole;
}

/// What is known of a body's hash decides. Where that is lost, its size does.
bool SalvagedBodies::right(std::int64_t body, const BodyDigest& digest) const {
  const std::string_view hash(reinterpret_cast<const char*>(digest.hash.data()),
                              digest.hash.size());
  const auto row = rows_.bodies.find(body);
  if (row != rows_.bodies.end() && row->second.hash == hash) return true;
  if (const auto known = hashes_.find(body);
      known != hashes_.end() && std::ranges::find(known->second, hash) != known->second.end())
    return true;
  if (const auto key = rows_.hash_keys.find(body); key != rows_.hash_keys.end())
    return std::memcmp(&key->second, digest.hash.data(), sizeof key->second) == 0;
  const auto octets = announced_.find(body);
  return row == rows_.bodies.end() && octets != announced_.end() && octets->second == digest.octets;
}

std::optional<NewBody> SalvagedBodies::octets_of(std::int64_t body) {
  const std::int64_t first = body << chunk_bits;
  IncomingBody incoming(spool_);
  if (const auto row = rows_.bodies.find(body); row != rows_.bodies.end()) {
    const ChunkMap map(row->second.octets, row->second.head_octets);
    const bool possible =
        row->second.head_octets <= row->second.octets && map.count() <= rows_.chunks.size();
    bool whole = possible;
    for (std::uint64_t i = 0; whole && i < map.count(); ++i) {
      const ChunkMap::Chunk range = map.range(i);
      whole = feed(incoming, first + static_cast<std::int64_t>(i), range.end - range.begin);
    }
    if (whole) {
      NewBody found = incoming.finish();
      if (right(body, found.digest())) return found;
    }
    incoming = IncomingBody(spool_);
  }
  // The body's own row is lost, or wrong: the chunks say how large they are, nearly always.
  const auto announced = announced_.find(body);
  const auto end = rows_.chunks.lower_bound((body + 1) << chunk_bits);
  auto at = rows_.chunks.lower_bound(first);
  if (at == end) return std::nullopt;
  for (std::int64_t i = first; at != end; ++at, ++i) {
    if (at->first != i) return std::nullopt;
    std::optional<std::uint64_t> octets;
    const bool last = std::next(at) == end;
    if (last && announced != announced_.end() && announced->second > incoming.octets())
      octets = announced->second - incoming.octets();
    if (!feed(incoming, i, octets) && !feed(incoming, i, last ? octets : chunk_octets))
      return std::nullopt;
  }
  NewBody found = incoming.finish();
  if (!right(body, found.digest())) return std::nullopt;
  return found;
}

}  // namespace postern::store
