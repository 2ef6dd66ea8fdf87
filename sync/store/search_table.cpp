#include "sync/store/search_table.h"

#include <fmt/format.h>

#include "sync/store/folded_texts.h"
#include "sync/store/gram_tokenizer.h"
#include "sync/wire/mime/searched_texts.h"

namespace postern::store {

namespace {

/// Pages of the index that one call of merge() writes at most.
constexpr int merge_pages = 64;

}  // namespace

std::string search_table_name(std::int64_t generation) {
  return fmt::format("search_{}", generation);
}

/// Terms are made and checked elsewhere: which bodies have one is all that is kept.
void make_search_table(Database& database, std::int64_t generation) {
  database.run(fmt::format("CREATE VIRTUAL TABLE {} USING fts5(grams, content = '', "
                           "columnsize = 0, detail = none, tokenize = '{}')",
                           search_table_name(generation), gram_tokenizer)
                   .c_str());
}

SearchReader::Match::Match(Database& database, std::int64_t of)
    : generation(of),
      sql(fmt::format("SELECT rowid FROM {0} WHERE {0} MATCH ?1 ORDER BY rowid",
                      search_table_name(of))),
      has_sql(fmt::format("SELECT 1 FROM {0} WHERE {0} MATCH ?1 AND rowid = ?2",
                          search_table_name(of))),
      statement(database, sql.c_str()),
      has(database, has_sql.c_str()) {}

SearchReader::SearchReader(Database& database)
    : database_(database),
      version_(wire::mime::searched_texts_version()),
      select_indexes_(
          database,
          "SELECT generation, version, indexed, dead FROM search_index ORDER BY generation"),
      last_(database, "SELECT max(id) FROM body"),
      count_(database, "SELECT count(*) FROM body INDEXED BY body_by_hash"),
      count_indexed_(database, "SELECT total(id <= ?) FROM body INDEXED BY body_by_hash"),
      fields_rows_(database,
                   "SELECT body, fields FROM search_fields WHERE body >= ? ORDER BY body"),
      texts_rows_(database, "SELECT body, texts FROM search_text WHERE body >= ? ORDER BY body") {}

std::vector<SearchIndex> SearchReader::indexes() {
  std::vector<SearchIndex> found;
  auto row = select_indexes_();
  while (row.step())
    found.push_back(
        {row.integer(0), std::string(row.octets(1)), row.id<BodyId>(2), row.integer(3)});
  return found;
}

std::optional<SearchIndex> SearchReader::serving() {
  for (SearchIndex& index : indexes()) {
    if (index.version == version_) return std::move(index);
  }
  return std::nullopt;
}

BodyId SearchReader::indexed() {
  if (!indexed_) {
    const auto index = serving();
    indexed_ = index ? index->indexed : BodyId(0);
  }
  return *indexed_;
}

void SearchReader::release() {
  fields_rows_.release();
  texts_rows_.release();
  indexed_.reset();
}

bool SearchReader::candidates(const GramQuery& query, const std::function<void(BodyId)>& visit) {
  const auto expression = gram_expression(query);
  if (!expression) return false;
  const auto index = serving();
  if (!index) return false;
  auto row = match(index->generation).statement(std::string_view(*expression));
  while (row.step()) visit(row.id<BodyId>(0));
  return true;
}

SearchReader::Match& SearchReader::match(std::int64_t generation) {
  if (!match_ || match_->generation != generation)
    match_ = std::make_unique<Match>(database_, generation);
  return *match_;
}

bool SearchReader::has(BodyId body, std::string_view expression) {
  const auto index = serving();
  if (!index || body > index->indexed) return false;
  return match(index->generation).has(expression, body).step();
}

std::optional<std::string_view> SearchReader::fields(BodyId body) {
  if (body > indexed()) return std::nullopt;
  return fields_rows_.of(body);
}

std::optional<std::string_view> SearchReader::texts(BodyId body) {
  if (body > indexed()) return std::nullopt;
  const auto stored = texts_rows_.of(body);
  if (!stored) return std::nullopt;
  FoldedTexts::expand(*stored, texts_);
  return texts_;
}

SearchReader::Progress SearchReader::progress() {
  auto last = last_();
  auto count = count_();
  last.step();
  count.step();
  const auto total = count.number<std::uint64_t>(0);
  // SQLite counts all rows without looking at each, and only while there is something to be done
  // is more to be known.
  if (last.null(0) || last.id<BodyId>(0) <= indexed()) return {total, total};
  auto row = count_indexed_(indexed());
  row.step();
  return {row.number<std::uint64_t>(0), total};
}

SearchTable::Target::Target(Database& database, std::int64_t of)
    : generation(of),
      insert_sql(fmt::format("INSERT INTO {}(rowid, grams) VALUES (?, ?)", search_table_name(of))),
      merge_sql(fmt::format("INSERT INTO {0}({0}, rank) VALUES ('merge', {1})",
                            search_table_name(of), merge_pages)),
      insert(database, insert_sql.c_str()),
      merge(database, merge_sql.c_str()) {}

SearchTable::SearchTable(Database& database)
    : database_(database),
      reader_(database),
      insert_fields_(database, "INSERT OR REPLACE INTO search_fields(body, fields) VALUES (?, ?)"),
      insert_texts_(database, "INSERT OR REPLACE INTO search_text(body, texts) VALUES (?, ?)"),
      remove_texts_(database, "DELETE FROM search_text WHERE body = ?"),
      set_indexed_(database, "UPDATE search_index SET indexed = ? WHERE generation = ?") {}

SearchTable::Target& SearchTable::target(std::int64_t generation) {
  if (!target_ || target_->generation != generation)
    target_ = std::make_unique<Target>(database_, generation);
  return *target_;
}

void SearchTable::begin_anew() {
  const auto there = reader_.indexes();
  const std::int64_t generation = there.empty() ? 1 : there.back().generation + 1;
  database_.run(fmt::format("DROP TABLE IF EXISTS {}", search_table_name(generation)).c_str());
  make_search_table(database_, generation);
  Statement insert(database_, "INSERT INTO search_index(generation, version) VALUES (?, ?)");
  insert(generation, std::string_view(wire::mime::searched_texts_version())).finish();
}

bool SearchTable::end_older() {
  const auto there = reader_.indexes();
  if (there.size() < 2) return false;
  Statement forget(database_, "DELETE FROM search_index WHERE generation = ?");
  for (const SearchIndex& index : std::span(there).first(there.size() - 1)) {
    if (target_ && target_->generation == index.generation) target_.reset();
    database_.run(fmt::format("DROP TABLE {}", search_table_name(index.generation)).c_str());
    forget(index.generation).finish();
  }
  return true;
}

void SearchTable::add(std::int64_t generation, BodyId after, std::span<const SearchEntry> entries,
                      const Waiting& waiting) {
  const auto there = reader_.indexes();
  if (there.empty() || there.back().generation != generation || there.back().indexed != after)
    return;
  BodyId indexed = after;
  for (const SearchEntry& entry : entries) {
    target(generation).insert(entry.body, std::string_view(entry.terms)).finish();
    if (entry.fields) insert_fields_(entry.body, as_blob(*entry.fields)).finish();
    if (entry.texts) {
      insert_texts_(entry.body, as_blob(*entry.texts)).finish();
    } else {
      // What another release folded may stand there.
      remove_texts_(entry.body).finish();
    }
    indexed = entry.body;
    if (waiting()) break;
  }
  set_indexed_(indexed, generation).finish();
}

bool SearchTable::merge() {
  const auto there = reader_.indexes();
  if (there.empty()) return false;
  const std::int64_t before = database_.total_changes();
  target(there.back().generation).merge().finish();
  // As FTS5 documents it: less than two changes mean that there was nothing to merge.
  return database_.total_changes() - before >= 2;
}

}  // namespace postern::store
