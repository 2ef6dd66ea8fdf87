#include "sync/store/sort_key_table.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "sync/base/log.h"

namespace postern::store {

namespace {

/// Bodies that lie so near to each other are read in one go: stepping over a row is cheap.
constexpr std::int64_t near = 8;

}  // namespace

SortKeyReader::SortKeyReader(Database& database, BodyReader& bodies)
    : bodies_(bodies),
      select_(database, "SELECT body, keys FROM sort_key WHERE body BETWEEN ? AND ? ORDER BY body"),
      select_all_(database, "SELECT body, keys FROM sort_key ORDER BY body"),
      select_without_(database,
                      "SELECT id FROM body WHERE id <= (SELECT max(last) FROM sort_key_lacking) "
                      "AND NOT EXISTS (SELECT 1 FROM sort_key WHERE sort_key.body = body.id) "
                      "ORDER BY id") {}

void SortKeyReader::rows(std::span<const BodyId> bodies, const VisitRow& visit) {
  for (std::size_t begin = 0; begin < bodies.size();) {
    std::size_t end = begin + 1;
    while (end < bodies.size() && bodies[end].value - bodies[end - 1].value <= near) ++end;
    auto row = select_(bodies[begin], bodies[end - 1]);
    bool there = row.step();
    for (std::size_t at = begin; at < end; ++at) {
      while (there && row.id<BodyId>(0) < bodies[at]) there = row.step();
      if (there && row.id<BodyId>(0) == bodies[at]) {
        visit(bodies[at], row.octets(1));
      } else {
        visit(bodies[at], std::nullopt);
      }
    }
    begin = end;
  }
}

void SortKeyReader::read(std::span<const BodyId> bodies, const Visit& visit) {
  rows(bodies, [&](BodyId body, std::optional<std::string_view> stored) {
    if (!stored) return visit(body, compute(body));
    if (keys_.read(*stored)) return visit(body, keys_);
    log::error("store", "body {}: its stored sort keys are damaged", body.value);
    visit(body, {});
  });
}

void SortKeyReader::sent_dates(
    std::span<const BodyId> bodies,
    const std::function<void(BodyId, std::optional<std::int64_t>)>& visit) {
  rows(bodies, [&](BodyId body, std::optional<std::string_view> stored) {
    const auto sent = stored ? wire::mime::SortKeys::sent_in(*stored) : std::nullopt;
    if (sent) visit(body, *sent);
  });
}

void SortKeyReader::find(std::span<const std::string> ids,
                         const std::function<void(BodyId)>& visit) {
  const auto wanted = [ids](const wire::mime::SortKeys& keys) {
    return std::ranges::find(ids, keys.message_id) != ids.end();
  };
  // The stored form has the id as it is: few are read that do not bear it.
  const auto mentions = [ids](std::string_view stored) {
    return std::ranges::any_of(
        ids, [stored](std::string_view id) { return !id.empty() && stored.contains(id); });
  };
  for (auto row = select_all_(); row.step();) {
    const std::string_view stored = row.octets(1);
    if (mentions(stored) && keys_.read(stored) && wanted(keys_)) visit(row.id<BodyId>(0));
  }
  for (auto row = select_without_(); row.step();) {
    const auto body = row.id<BodyId>(0);
    const wire::mime::SortKeys keys = compute(body);
    if (!keys.message_id.empty() && wanted(keys)) visit(body);
  }
}

wire::mime::SortKeys SortKeyReader::compute(BodyId body) {
  try {
    std::string header;
    bodies_.read_header(body, sort_header_octets, header);
    return wire::mime::sort_keys(header);
  } catch (const StoreFailure& failure) {
    if (failure.kind() != FailureKind::corrupt) throw;
    log::error("store", "a message cannot be sorted: {}", failure.what());
    return {};
  }
}

SortKeyTable::SortKeyTable(Database& database)
    : bodies_(database),
      reader_(database, bodies_),
      select_lacking_(database, "SELECT last FROM sort_key_lacking"),
      set_lacking_(database, "UPDATE sort_key_lacking SET last = ?"),
      forget_lacking_(database, "DELETE FROM sort_key_lacking"),
      next_(database, "SELECT id FROM body WHERE id <= ? ORDER BY id DESC LIMIT ?"),
      insert_(database, "INSERT OR IGNORE INTO sort_key(body, keys) VALUES (?, ?)") {}

bool SortKeyTable::fill(int limit) {
  if (filled_) return false;
  BodyId last;
  {
    auto row = select_lacking_();
    filled_ = !row.step();
    if (filled_) return false;
    last = row.id<BodyId>(0);
  }
  std::vector<BodyId> bodies;
  {
    auto row = next_(last, limit);
    while (row.step()) bodies.push_back(row.id<BodyId>(0));
  }
  for (const BodyId body : bodies) {
    const std::string keys = reader_.compute(body).encode();
    insert_(body, as_blob(keys)).finish();
  }
  if (bodies.size() < static_cast<std::size_t>(limit)) {
    forget_lacking_().finish();
    return false;
  }
  set_lacking_(bodies.back().value - 1).finish();
  return true;
}

}  // namespace postern::store
