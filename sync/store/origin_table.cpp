#include "sync/store/origin_table.h"

#include <algorithm>

namespace postern::store {

namespace {

std::int64_t seconds(WallTime time) {
  return time.time_since_epoch().count();
}

WallTime wall_time(std::int64_t seconds_since_epoch) {
  return WallTime(std::chrono::seconds(seconds_since_epoch));
}

}  // namespace

OriginTable::OriginTable(Database& database)
    : database_(database),
      find_source_(database, "SELECT id, delete_expunged FROM source WHERE key = ?"),
      insert_source_(database, "INSERT INTO source(key, delete_expunged) VALUES (?, ?)"),
      update_source_(database, "UPDATE source SET delete_expunged = ? WHERE id = ?"),
      // The one that is not gone comes first, then the one that went last.
      find_(database,
            "SELECT id, retired, hash FROM origin WHERE source = ? AND uidl = ? "
            "ORDER BY retired = 0 DESC, retired DESC"),
      insert_(database,
              "INSERT INTO origin(source, uidl, octets, hash, announced, state, first_seen) "
              "VALUES (?, ?, ?, ?, ?, 1, ?)"),
      come_back_(database,
                 "UPDATE origin SET announced = ?, retired = 0, gone_since = 0, state = CASE WHEN "
                 "expunged AND "
                 "(SELECT delete_expunged FROM source WHERE id = origin.source) THEN 2 ELSE 1 END "
                 "WHERE id = ?"),
      expunged_(database,
                "UPDATE origin SET expunged = 1, state = CASE WHEN state = 1 AND "
                "(SELECT delete_expunged FROM source WHERE id = origin.source) THEN 2 ELSE state "
                "END WHERE id = ?"),
      set_gone_(database,
                "UPDATE origin SET state = 3, retired = id, gone_since = ? "
                "WHERE id = ? AND source = ? AND state <> 3"),
      // One that is gone cannot come back while another holds its UIDL.
      set_present_(database,
                   "UPDATE OR IGNORE origin SET state = ?, retired = 0, gone_since = 0 "
                   "WHERE id = ? AND source = ?"),
      forget_(database, "DELETE FROM origin WHERE source = ? AND state = 3 AND gone_since < ?") {}

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

std::optional<OriginId> OriginTable::deliver(SourceId source, std::string_view uidl,
                                             const BodyDigest& digest, std::uint64_t announced,
                                             WallTime now) {
  OriginId same{0};
  {
    auto row = find_(source, as_blob(uidl));
    while (row.step()) {
      if (row.integer(1) == 0) return std::nullopt;
      if (std::ranges::equal(as_blob(row.octets(2)), digest.hash)) {
        same = row.id<OriginId>(0);
        break;
      }
    }
  }
  if (same != OriginId(0)) {
    come_back_(announced, same).finish();
    return std::nullopt;
  }
  insert_(source, as_blob(uidl), digest.octets, std::span<const std::uint8_t>(digest.hash),
          announced, seconds(now))
      .finish();
  return OriginId(database_.last_row_id());
}

void OriginTable::expunged(OriginId origin) {
  expunged_(origin).finish();
}

void OriginTable::set_state(SourceId source, OriginId origin, OriginState state, WallTime now) {
  if (state == OriginState::gone) {
    set_gone_(seconds(now), origin, source).finish();
  } else {
    set_present_(state, origin, source).finish();
  }
}

void OriginTable::forget(SourceId source, WallTime before) {
  forget_(source, seconds(before)).finish();
}

OriginReader::OriginReader(Database& database)
    : select_(
          database,
          "SELECT id, uidl, octets, state, expunged, first_seen, gone_since, announced FROM origin "
          "WHERE source = (SELECT id FROM source WHERE key = ?) ORDER BY id") {}

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
                       .announced = row.number<std::uint64_t>(7)});
  }
  return origins;
}

}  // namespace postern::store
