#include "sync/store/listed_fields_table.h"

#include <cstddef>
#include <vector>

#include "sync/wire/mime/listed_fields.h"
#include "sync/wire/mime/structure.h"

namespace postern::store {

static_assert(listed_header_octets == wire::mime::Limits().header_octets);

ListedFieldsTable::ListedFieldsTable(Database& database)
    : bodies_(database),
      select_complete_(database, "SELECT first FROM listed_fields_complete"),
      forget_complete_(database, "DELETE FROM listed_fields_complete"),
      set_complete_(database, "INSERT INTO listed_fields_complete(first) VALUES (?)"),
      last_(database, "SELECT coalesce(max(id), 0) FROM body"),
      next_(database, "SELECT id FROM body WHERE id < ? ORDER BY id DESC LIMIT ?"),
      insert_(database, "INSERT OR REPLACE INTO listed_fields(body, fields) VALUES (?, ?)") {}

void ListedFieldsTable::begin(Database& database) {
  database.run("INSERT INTO listed_fields_complete(first) VALUES (1)");
}

bool ListedFieldsTable::fill(int limit) {
  if (filled_) return false;
  BodyId first;
  if (auto row = select_complete_(); row.step()) {
    first = row.id<BodyId>(0);
  } else if (auto newest = last_(); newest.step()) {
    first = newest.id<BodyId>(0).next();
  }
  std::vector<BodyId> bodies;
  {
    auto row = next_(first, limit);
    while (row.step()) bodies.push_back(row.id<BodyId>(0));
  }
  for (const BodyId body : bodies) {
    const std::string fields = compute(body);
    insert_(body, as_blob(fields)).finish();
  }
  filled_ = bodies.size() < static_cast<std::size_t>(limit);
  const BodyId complete = filled_ ? BodyId(1) : bodies.back();
  if (bodies.empty() && first == complete) return false;
  forget_complete_().finish();
  set_complete_(complete).finish();
  return !filled_;
}

std::string ListedFieldsTable::compute(BodyId body) {
  try {
    std::string header;
    bodies_.read_header(body, listed_header_octets, header);
    return wire::mime::listed::fields(header);
  } catch (const StoreFailure& failure) {
    if (failure.kind() != FailureKind::corrupt) throw;
    return {};  // a FETCH will tell
  }
}

}  // namespace postern::store
