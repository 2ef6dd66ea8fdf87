#include "sync/store/index_integrity.h"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "sync/store/search_table.h"

namespace postern::store {

namespace {

/// The tables in which FTS5 keeps an index, as it documents them; the settings, which are in
/// another one, are those of every index.
void copy_tables(Database& source, Database& copy, const std::string& table) {
  const std::string from = fmt::format("SELECT id, block FROM {}_data", table);
  const std::string into = fmt::format("INSERT INTO {}_data(id, block) VALUES (?, ?)", table);
  const std::string from_tree = fmt::format("SELECT segid, term, pgno FROM {}_idx", table);
  const std::string into_tree =
      fmt::format("INSERT INTO {}_idx(segid, term, pgno) VALUES (?, ?, ?)", table);
  Statement blocks(source, from.c_str());
  Statement block(copy, into.c_str());
  Statement leaves(source, from_tree.c_str());
  Statement leaf(copy, into_tree.c_str());
  copy.run("BEGIN");
  copy.run(fmt::format("DELETE FROM {}_data", table).c_str());
  for (auto row = blocks(); row.step();) block(row.integer(0), as_blob(row.octets(1))).finish();
  for (auto row = leaves(); row.step();)
    leaf(row.integer(0), as_blob(row.octets(1)), row.integer(2)).finish();
  copy.run("COMMIT");
}

}  // namespace

void check_integrity(Database& source, const SearchIndex& index) {
  const std::string table = search_table_name(index.generation);
  try {
    Database copy("");
    make_search_table(copy, index.generation);
    copy_tables(source, copy, table);
    copy.run(fmt::format("INSERT INTO {0}({0}) VALUES ('integrity-check')", table).c_str());
  } catch (const StoreFailure& failure) {
    throw StoreFailure(failure.kind(),
                       fmt::format("a copy of the search index, in the folder for temporary files "
                                   "(TMPDIR): {}",
                                   failure.what()));
  }
}

}  // namespace postern::store
