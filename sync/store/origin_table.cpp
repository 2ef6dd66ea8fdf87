#include "sync/store/origin_table.h"

#include <algorithm>
#include <iterator>
#include <span>

namespace postern::store {

namespace {

std::int64_t seconds(WallTime time) {
  return time.time_since_epoch().count();
}

WallTime wall_time(std::int64_t seconds_since_epoch) {
  return WallTime(std::chrono::seconds(seconds_since_epoch));
}

std::span<const std::uint8_t> blob_of(const HeaderHash& hash) {
  return is_known(hash) ? std::span<const std::uint8_t>(hash) : std::span<const std::uint8_t>();
}

std::uint64_t octets_of(const BodyDigest& digest, const Arrival& arrival) {
  return arrival.state == OriginState::skipped ? arrival.exceeds : digest.octets;
}

template <class Hash>
Hash hash_from(std::string_view octets) {
  Hash hash{};
  if (octets.size() == hash.size()) std::ranges::copy(as_blob(octets), hash.begin());
  return hash;
}

}  // namespace

OriginTable::OriginTable(Database& database)
    : database_(database),
      find_source_(database, "SELECT id, delete_expunged FROM source WHERE key = ?"),
      insert_source_(database, "INSERT INTO source(key, delete_expunged) VALUES (?, ?)"),
      update_source_(database, "UPDATE source SET delete_expunged = ? WHERE id = ?"),
      // The one that is not gone comes first, then the one that went last.
      find_(database,
            "SELECT id, retired, hash, placeholder, expunged, announced, header_hash, state, "
            "also_announced FROM origin "
            "WHERE source = ? AND uidl = ? "
            "ORDER BY retired = 0 DESC, retired DESC"),
      insert_(database,
              "INSERT INTO origin(source, uidl, octets, hash, announced, state, first_seen, "
              "header_hash, placeholder, watched_from) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
              "(SELECT watched FROM source WHERE id = ?1))"),
      replace_(database,
               "UPDATE origin SET octets = ?, hash = ?, announced = ?, state = ?, header_hash = ?, "
               "placeholder = ? WHERE id = ?"),
      come_back_(database,
                 "UPDATE origin SET retired = 0, "
                 "gone_since = 0, lacking = 0, state = CASE WHEN state = 5 THEN 2 "
                 "WHEN state <> 3 THEN state "
                 "WHEN placeholder THEN 4 WHEN expunged AND "
                 "(SELECT delete_expunged FROM source WHERE id = origin.source) THEN 2 ELSE 1 END "
                 "WHERE id = ?"),
      // No id of a server holds a NUL.
      park_(database,
            "UPDATE origin SET uidl = CAST(x'007e' || CAST(id AS BLOB) AS BLOB) "
            "WHERE source = ? AND uidl = ? AND retired = 0 AND id <> ?"),
      // The first size, a second one, and after a third neither of them.
      set_size_(database,
                "UPDATE origin SET "
                "also_announced = CASE WHEN ?1 IN (0, announced, also_announced) OR announced = 0 "
                "THEN also_announced WHEN also_announced = 0 THEN ?1 "
                "WHEN placeholder THEN also_announced ELSE 0 END, "
                "announced = CASE WHEN ?1 IN (0, announced, also_announced) OR "
                "also_announced = 0 OR placeholder THEN announced ELSE 0 END "
                "WHERE id = ?2 AND source = ?3"),
      rebind_(database,
              "UPDATE origin SET uidl = ?, retired = 0, gone_since = 0, "
              "lacking = 0, state = CASE WHEN placeholder THEN 4 WHEN state = 3 THEN CASE WHEN "
              "expunged AND (SELECT delete_expunged FROM source WHERE id = origin.source) THEN 2 "
              "ELSE 1 END WHEN state = 5 THEN 2 ELSE state END WHERE id = ? AND source = ?"),
      expunged_(database,
                "UPDATE origin SET expunged = 1, state = CASE WHEN state = 1 AND "
                "(SELECT delete_expunged FROM source WHERE id = origin.source) THEN 2 ELSE state "
                "END WHERE id BETWEEN ? AND ? "
                "AND NOT EXISTS(SELECT 1 FROM message WHERE message.origin = origin.id)"),
      set_gone_(database,
                "UPDATE origin SET state = 3, retired = id, gone_since = ?, "
                "watched_from = (SELECT watched FROM source WHERE id = origin.source), "
                "lacking = CASE state WHEN 1 THEN 0 ELSE -1 END "
                "WHERE id = ? AND source = ? AND state <> 3"),
      // One that is gone cannot come back while another holds its UIDL. What a placeholder stands
      // for is not here: it is never deleted upstream.
      set_present_(database,
                   "UPDATE OR IGNORE origin SET state = CASE WHEN placeholder THEN 4 ELSE ? END, "
                   "retired = 0, gone_since = 0, lacking = 0 WHERE id = ? AND source = ?"),
      set_lacking_(database,
                   "UPDATE origin SET lacking = ? WHERE id = ? AND source = ? AND state = 3 "
                   "RETURNING id"),
      forget_(database,
              "DELETE FROM origin WHERE source = ?1 AND state = 3 AND gone_since < ?2 AND "
              "watched_from <= (SELECT watched FROM source WHERE id = ?1) - ?3"),
      set_record_(database,
                  "UPDATE source SET full_sync = ?, relinking = ?, suspicious_since = ?, "
                  "listed_at = ?, listed_before = ?, watched = ?, watched_at = ?, boot = ?, "
                  "boot_time = ? WHERE id = ?"),
      set_failure_(database,
                   "INSERT OR REPLACE INTO fetch_failure(source, uidl, failures, next_try) "
                   "VALUES (?, ?, ?, ?)"),
      end_failure_(database, "DELETE FROM fetch_failure WHERE source = ? AND uidl = ?"),
      delivered_(database, "SELECT 1 FROM origin WHERE source = ? LIMIT 1"),
      end_failures_(database, "DELETE FROM fetch_failure WHERE source = ?"),
      drop_source_(database, "DELETE FROM source WHERE id = ?"),
      rename_source_(database,
                     "UPDATE source SET key = ?, full_sync = 0 WHERE key = ? RETURNING id") {}

SourceId OriginTable::source(std::string_view key, bool delete_expunged) {
  {
    auto row = find_source_(key);
    if (row.step()) {
      const auto id = row.id<SourceId>(0);
      if ((row.integer(1) != 0) != delete_expunged) update_source_(delete_expunged, id).finish();
      return id;
    }
  }
  insert_source_(key, delete_expunged).finish();
  return SourceId(database_.last_row_id());
}

OriginTable::Delivered OriginTable::deliver(SourceId source, const BodyDigest& digest,
                                            const Arrival& arrival) {
  end_failure_(source, as_blob(arrival.uidl)).finish();
  const Found found = find(source, digest, arrival);
  if (found.ousted) set_gone_(seconds(arrival.now), *found.ousted, source).finish();
  if (found.same) {
    set_size(source, *found.same, arrival.announced);
    come_back_(*found.same).finish();
    if (found.replaceable) return replace(*found.same, digest, arrival);
    return {Outcome::known, *found.same};
  }
  insert_(source, as_blob(arrival.uidl), octets_of(digest, arrival),
          std::span<const std::uint8_t>(digest.hash), arrival.announced, arrival.state,
          seconds(arrival.now), blob_of(arrival.header_hash), arrival.state == OriginState::skipped)
      .finish();
  return {Outcome::fresh, OriginId(database_.last_row_id())};
}

OriginTable::Found OriginTable::find(SourceId source, const BodyDigest& digest,
                                     const Arrival& arrival) {
  Found found;
  auto row = find_(source, as_blob(arrival.uidl));
  while (row.step() && !found.same) {
    const auto id = row.id<OriginId>(0);
    const auto announced = row.number<std::uint64_t>(5);
    const bool alike = std::ranges::equal(as_blob(row.octets(2)), digest.hash) ||
                       (is_known(arrival.header_hash) &&
                        hash_from<HeaderHash>(row.octets(6)) == arrival.header_hash);
    const bool present = row.integer(1) == 0;
    const bool resized = arrival.announced != 0 && announced != 0 &&
                         arrival.announced != announced &&
                         arrival.announced != row.number<std::uint64_t>(8);
    const bool in_doubt = resized || row.number<OriginState>(7) == OriginState::delete_sent;
    if (present && in_doubt && !alike) found.ousted = id;
    if (!alike && (!present || in_doubt)) continue;
    found.same = id;
    // What was expunged here does not come back by another way.
    found.replaceable = row.integer(3) != 0 && row.integer(4) == 0;
  }
  return found;
}

OriginTable::Delivered OriginTable::replace(OriginId origin, const BodyDigest& digest,
                                            const Arrival& arrival) {
  const bool skipped = arrival.state == OriginState::skipped;
  replace_(octets_of(digest, arrival), std::span<const std::uint8_t>(digest.hash),
           arrival.announced, arrival.state, blob_of(arrival.header_hash), skipped, origin)
      .finish();
  return {skipped ? Outcome::known : Outcome::replaced, origin};
}

void OriginTable::rebind(SourceId source, const Rebinding& rebinding) {
  end_failure_(source, as_blob(rebinding.uidl)).finish();
  park_(source, as_blob(rebinding.uidl), rebinding.origin).finish();
  rebind_(as_blob(rebinding.uidl), rebinding.origin, source).finish();
  set_size(source, rebinding.origin, rebinding.announced);
}

void OriginTable::set_size(SourceId source, OriginId origin, std::uint64_t announced) {
  set_size_(announced, origin, source).finish();
}

void OriginTable::lost_entries(std::vector<OriginId> origins) {
  std::ranges::sort(origins);
  // What is expunged together mostly came together: one statement for a run of them.
  for (auto from = origins.begin(); from != origins.end();) {
    auto to = std::next(from);
    while (to != origins.end() && to->value <= std::prev(to)->value + 1) ++to;
    expunged_(*from, *std::prev(to)).finish();
    from = to;
  }
}

void OriginTable::set_state(SourceId source, OriginId origin, OriginState state, WallTime now) {
  if (state == OriginState::gone) {
    set_gone_(seconds(now), origin, source).finish();
  } else {
    set_present_(state, origin, source).finish();
  }
}

bool OriginTable::set_lacking(SourceId source, OriginId origin, std::int32_t lacking) {
  auto row = set_lacking_(lacking, origin, source);
  return row.step();
}

bool OriginTable::adopt(std::string_view from, std::string_view to) {
  SourceId instead{0};
  {
    auto row = find_source_(from);
    if (!row.step()) return false;
  }
  {
    auto row = find_source_(to);
    if (row.step()) instead = row.id<SourceId>(0);
  }
  if (instead != SourceId(0)) {
    if (delivered_(instead).step()) return false;
    end_failures_(instead).finish();
    drop_source_(instead).finish();
  }
  return rename_source_(to, from).step();
}

void OriginTable::forget(SourceId source, WallTime before, std::chrono::seconds age) {
  forget_(source, seconds(before), age.count()).finish();
}

void OriginTable::set_record(SourceId source, const SourceRecord& record) {
  set_record_(record.full_sync, record.relinking, seconds(record.suspicious_since),
              seconds(record.listed_at), seconds(record.listed_before), record.watched.count(),
              seconds(record.watched_at), record.boot, record.boot_time.count(), source)
      .finish();
}

void OriginTable::set_failure(SourceId source, const FetchFailure& failure) {
  if (failure.failures == 0) return end_failure_(source, as_blob(failure.uidl)).finish();
  set_failure_(source, as_blob(failure.uidl), failure.failures, seconds(failure.next_try)).finish();
}

OriginReader::OriginReader(Database& database)
    : select_(
          database,
          "SELECT id, uidl, octets, state, expunged, first_seen, gone_since, announced, lacking, "
          "header_hash, watched_from, also_announced FROM origin WHERE source = (SELECT id FROM "
          "source WHERE key = ?) "
          "ORDER BY id"),
      // As the index says it.
      to_delete_(database,
                 "SELECT id FROM origin WHERE source = (SELECT id FROM source WHERE key = ?) AND "
                 "expunged = 1 AND state IN (1, 2)"),
      keys_(database, "SELECT key FROM source ORDER BY id"),
      hash_(database, "SELECT hash FROM origin WHERE id = ?"),
      held_(
          database,
          "SELECT message.body, origin.hash FROM message JOIN origin ON origin.id = message.origin "
          "WHERE message.origin = ? LIMIT 1"),
      record_(database,
              "SELECT full_sync, relinking, suspicious_since, listed_at, listed_before, watched, "
              "watched_at, boot, boot_time FROM source WHERE key = ?"),
      failures_(database,
                "SELECT uidl, failures, next_try FROM fetch_failure "
                "WHERE source = (SELECT id FROM source WHERE key = ?)") {}

std::vector<Origin> OriginReader::all(std::string_view source_key) {
  std::vector<Origin> origins;
  auto row = select_(source_key);
  while (row.step()) {
    origins.push_back({.id = row.id<OriginId>(0),
                       .uidl = std::string(row.octets(1)),
                       .octets = row.number<std::uint32_t>(2),
                       .state = row.number<OriginState>(3),
                       .expunged = row.integer(4) != 0,
                       .first_seen = wall_time(row.integer(5)),
                       .gone_since = wall_time(row.integer(6)),
                       .announced = row.number<std::uint64_t>(7),
                       .lacking = row.number<std::int32_t>(8),
                       .header_hash = hash_from<HeaderHash>(row.octets(9)),
                       .watched_from = std::chrono::seconds(row.integer(10)),
                       .also_announced = row.number<std::uint64_t>(11)});
  }
  return origins;
}

std::vector<OriginId> OriginReader::to_delete(std::string_view source_key) {
  std::vector<OriginId> origins;
  auto row = to_delete_(source_key);
  while (row.step()) origins.push_back(row.id<OriginId>(0));
  return origins;
}

std::vector<std::string> OriginReader::keys() {
  std::vector<std::string> keys;
  auto row = keys_();
  while (row.step()) keys.emplace_back(row.octets(0));
  return keys;
}

std::vector<OriginReader::Held> OriginReader::held(const std::vector<OriginId>& origins) {
  std::vector<Held> all;
  for (const OriginId origin : origins) {
    auto row = held_(origin);
    if (!row.step()) continue;
    all.push_back({origin, row.id<BodyId>(0), hash_from<BodyHash>(row.octets(1))});
  }
  return all;
}

std::vector<BodyHash> OriginReader::body_hashes(const std::vector<OriginId>& origins) {
  std::vector<BodyHash> hashes;
  hashes.reserve(origins.size());
  for (const OriginId origin : origins) {
    auto row = hash_(origin);
    hashes.push_back(row.step() ? hash_from<BodyHash>(row.octets(0)) : BodyHash{});
  }
  return hashes;
}

std::optional<SourceRecord> OriginReader::record(std::string_view source_key) {
  auto row = record_(source_key);
  if (!row.step()) return std::nullopt;
  return SourceRecord{.full_sync = row.integer(0) != 0,
                      .relinking = row.integer(1) != 0,
                      .suspicious_since = wall_time(row.integer(2)),
                      .listed_at = wall_time(row.integer(3)),
                      .listed_before = wall_time(row.integer(4)),
                      .watched = std::chrono::seconds(row.integer(5)),
                      .watched_at = wall_time(row.integer(6)),
                      .boot = std::string(row.octets(7)),
                      .boot_time = std::chrono::seconds(row.integer(8))};
}

std::vector<FetchFailure> OriginReader::failures(std::string_view source_key) {
  std::vector<FetchFailure> all;
  auto row = failures_(source_key);
  while (row.step()) {
    all.push_back({.uidl = std::string(row.octets(0)),
                   .failures = row.number<std::uint32_t>(1),
                   .next_try = wall_time(row.integer(2))});
  }
  return all;
}

}  // namespace postern::store
