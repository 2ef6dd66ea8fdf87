#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sync/base/ids.h"
#include "sync/store/body_rows.h"
#include "sync/store/database.h"
#include "sync/store/grams.h"
#include "sync/store/search_entry.h"

namespace postern::store {

/// The FTS5 table of one generation of the index, and how it is made.
[[nodiscard]] std::string search_table_name(std::int64_t generation);
void make_search_table(Database& database, std::int64_t generation);

/// One state of the search index. There are two while one is built anew: the older one answers
/// until the newer one has caught up.
struct SearchIndex {
  std::int64_t generation = 0;  ///< names the table, search_1 and so on
  std::string version;          ///< wire::mime::searched_texts_version() of what is in it
  BodyId indexed;               ///< all bodies up to this one are in it
  std::int64_t dead = 0;        ///< so many of them are gone by now
};

/// The search index as it is read: what it finds are candidates, among them every hit and bodies
/// that are gone. The thread of its Database.
class SearchReader {
 public:
  explicit SearchReader(Database& database);

  /// Oldest first.
  [[nodiscard]] std::vector<SearchIndex> indexes();
  /// The one that answers; nullopt if there is none that is of use.
  [[nodiscard]] std::optional<SearchIndex> serving();
  /// Up to this one the other functions know every body. 0: they know nothing.
  [[nodiscard]] BodyId indexed();

  /// Calls `visit` for the candidates among the indexed bodies, in rising order. False, and nothing
  /// is called: the index cannot tell.
  bool candidates(const GramQuery& query, const std::function<void(BodyId)>& visit);
  /// Whether an indexed body is found by an expression for MATCH.
  [[nodiscard]] bool has(BodyId body, std::string_view expression);
  /// FoldedFields::stored; the view lasts until the next call or release(). Fast where bodies are
  /// asked for in rising order. nullopt for what is not indexed too.
  [[nodiscard]] std::optional<std::string_view> fields(BodyId body);
  /// The octets of FoldedTexts, likewise. Throws StoreFailure(corrupt) if they cannot be had.
  [[nodiscard]] std::optional<std::string_view> texts(BodyId body);
  /// The transaction that was read in is over.
  void release();

  struct Progress {
    std::uint64_t indexed = 0;
    std::uint64_t total = 0;
  };
  [[nodiscard]] Progress progress();

 private:
  Database& database_;
  const std::string version_;
  Statement select_indexes_;
  Statement last_;
  Statement count_;
  Statement count_indexed_;
  std::optional<BodyId> indexed_;  ///< in this transaction, once asked for
  std::string texts_;              ///< as texts() returned them

  BodyRows fields_rows_;
  BodyRows texts_rows_;

  /// The statement that asks one generation's table.
  struct Match {
    std::int64_t generation;
    std::string sql;
    std::string has_sql;
    Statement statement;
    Statement has;
    Match(Database& database, std::int64_t of);
  };
  Match& match(std::int64_t generation);
  std::unique_ptr<Match> match_;
};

/// The search index as it is filled, in small transactions of its own. What is in it and how far it
/// reaches change together. Writer's thread.
class SearchTable {
 public:
  explicit SearchTable(Database& database);

  /// Begins a new one beside what there is.
  void begin_anew();
  /// Ends all but the newest. False: there was nothing to end.
  bool end_older();

  using Waiting = std::function<bool()>;
  /// Takes in what follows on `after` in the newest index, until others wait for the writer.
  /// Nothing, if the index does not stand there any more.
  void add(std::int64_t generation, BodyId after, std::span<const SearchEntry> entries,
           const Waiting& waiting);
  /// Makes the newest index more compact, a little. False: nothing is left to do.
  bool merge();

 private:
  Database& database_;
  SearchReader reader_;
  Statement insert_fields_;
  Statement insert_texts_;
  Statement remove_texts_;
  Statement set_indexed_;

  /// The statements on one generation's table.
  struct Target {
    std::int64_t generation;
    std::string insert_sql;
    std::string merge_sql;
    Statement insert;
    Statement merge;
    Target(Database& database, std::int64_t of);
  };
  Target& target(std::int64_t generation);
  std::unique_ptr<Target> target_;
};

}  // namespace postern::store
