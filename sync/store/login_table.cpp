#include "sync/store/login_table.h"

namespace postern::store {

LoginTable::LoginTable(Database& database)
    : find_(database,
            "SELECT last, last_success, announced, learned, refusals, failures, refused_since, "
            "refused FROM login WHERE source = ?"),
      set_(database, "INSERT OR REPLACE INTO login VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      forget_refused_(database,
                      "UPDATE login SET refusals = 0, failures = 0, refused_since = 0, "
                      "refused = x'' WHERE source = ?") {}

std::optional<LoginRecord> LoginTable::find(std::string_view source_key) {
  auto row = find_(source_key);
  if (!row.step()) return std::nullopt;
  return LoginRecord{.last = WallTime(std::chrono::seconds(row.integer(0))),
                     .last_success = WallTime(std::chrono::seconds(row.integer(1))),
                     .announced = std::chrono::seconds(row.integer(2)),
                     .learned = std::chrono::seconds(row.integer(3)),
                     .refusals = row.number<unsigned>(4),
                     .failures = row.number<unsigned>(5),
                     .refused_since = WallTime(std::chrono::seconds(row.integer(6))),
                     .refused = std::string(row.octets(7))};
}

void LoginTable::set(std::string_view source_key, const LoginRecord& record) {
  set_(source_key, record.last.time_since_epoch().count(),
       record.last_success.time_since_epoch().count(), record.announced.count(),
       record.learned.count(), record.refusals, record.failures,
       record.refused_since.time_since_epoch().count(), as_blob(record.refused))
      .finish();
}

void LoginTable::forget_refused(std::string_view source_key) {
  forget_refused_(source_key).finish();
}

}  // namespace postern::store
