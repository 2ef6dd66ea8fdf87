#include "sync/store/backup.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "sync/store/database.h"
#include "sync/store/private_files.h"
#include "sync/store/schema.h"

namespace postern::store {

namespace {

namespace fs = std::filesystem;

/// What one transaction copies: it keeps the source's log from being used again for so long.
constexpr std::uint64_t piece_octets = 16ULL * 1024 * 1024;
constexpr auto piece_time = std::chrono::milliseconds(200);

struct Body {
  std::int64_t id = 0;
  std::uint64_t octets = 0;
};

/// Bodies that one of both has alone. A body of the same id and hash is the same.
struct Difference {
  std::vector<Body> lacking;
  std::vector<std::int64_t> surplus;
};

std::vector<std::int64_t> ids(Database& database, const char* sql) {
  std::vector<std::int64_t> found;
  Statement select(database, sql);
  for (auto row = select(); row.step();) found.push_back(row.integer(0));
  std::ranges::sort(found);
  return found;
}

/// The backup's file with the account's file at its side, as `source`.
class Target {
 public:
  Target(const fs::path& file, const fs::path& source, std::string account)
      : lock_(file), database_(file), account_(std::move(account)) {
    database_.configure(Database::Access::write);
    prepare();
    attach(source);
  }

  BackupOutcome run(const ShowProgress& show) {
    bool complete = false;
    while (!complete) {
      in_transaction([&] { complete = !copy_piece(show); });
    }
    in_transaction([&] { finish(show); });
    return outcome_;
  }

 private:
  void prepare();
  void make();
  void attach(const fs::path& source);
  Difference difference();
  bool copy_piece(const ShowProgress& show);
  void copy(const Body& body);
  void drop(std::int64_t body);
  void finish(const ShowProgress& show);
  void renew_small_tables();

  template <class Work>
  void in_transaction(const Work& work) {
    database_.run("BEGIN");
    work();
    database_.run("COMMIT");
  }

  const FileLock lock_;
  Database database_;
  const std::string account_;
  BackupOutcome outcome_;
  std::optional<std::vector<Body>> queue_;  ///< what was lacking at the beginning
  std::size_t copied_to_ = 0;               ///< in queue_
  Progress progress_;
  Statement copy_body_{database_, "INSERT INTO main.body SELECT * FROM source.body WHERE id = ?"};
  Statement copy_chunks_{database_,
                         "INSERT INTO main.body_chunk SELECT * FROM source.body_chunk "
                         "WHERE id BETWEEN ? AND ?"};
  Statement drop_body_{database_, "DELETE FROM main.body WHERE id = ?"};
  Statement drop_chunks_{database_, "DELETE FROM main.body_chunk WHERE id BETWEEN ? AND ?"};
};

std::int64_t first_chunk(std::int64_t body) {
  return body << chunk_bits;
}

bool has_backup_table(Database& database) {
  return database.number(
             "SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name = 'backup'") !=
         0;
}

void Target::make() {
  database_.run("PRAGMA page_size = 16384");
  database_.run("BEGIN IMMEDIATE");
  make_tables(database_);
  database_.run(
      "CREATE TABLE backup(account TEXT NOT NULL, taken INTEGER NOT NULL,"
      " messages INTEGER NOT NULL, octets INTEGER NOT NULL)");
  database_.run("COMMIT");
}

void Target::prepare() {
  const std::string file = database_.file().string();
  if (database_.number("SELECT count(*) FROM sqlite_schema") == 0) return make();
  if (!has_backup_table(database_))
    throw ForeignFile(FailureKind::corrupt, fmt::format("{} is not a backup of postern", file));
  Statement select(database_, "SELECT account FROM backup");
  if (auto row = select(); row.step() && row.octets(0) != account_)
    throw ForeignFile(FailureKind::corrupt,
                      fmt::format("{} is the backup of another account, {}", file, row.octets(0)));
  if (database_.number("PRAGMA main.application_id") == application_id) {
    renew_schema(database_);
  } else if (database_.number("PRAGMA main.user_version") != newest_schema()) {
    throw ForeignFile(FailureKind::corrupt,
                      fmt::format("{} was begun by another release, and not finished", file));
  }
}

void Target::attach(const fs::path& source) {
  Statement attach(database_, "ATTACH ? AS source");
  attach(std::string_view(source.native())).finish();
  if (database_.number("PRAGMA source.application_id") != application_id)
    throw StoreFailure(FailureKind::corrupt,
                       fmt::format("{} is not a mail database", source.string()));
  if (const auto version = database_.number("PRAGMA source.user_version");
      version != newest_schema()) {
    throw StoreFailure(version > newest_schema() ? FailureKind::newer : FailureKind::locked,
                       fmt::format("{} has the schema of another release", source.string()));
  }
}

/// Both sides are read from an index on hash and id alone: the bodies are not touched.
Difference Target::difference() {
  const auto lacking = ids(database_,
                           "SELECT id FROM (SELECT hash_key, id FROM source.body EXCEPT "
                           "SELECT hash_key, id FROM main.body ORDER BY 1, 2)");
  Difference found;
  found.surplus = ids(database_,
                      "SELECT id FROM (SELECT hash_key, id FROM main.body EXCEPT "
                      "SELECT hash_key, id FROM source.body ORDER BY 1, 2)");
  found.lacking.reserve(lacking.size());
  for (const std::int64_t id : lacking) found.lacking.push_back({id});
  if (found.lacking.empty()) return found;
  // Of bodies that no message names the size is of no interest.
  Statement select(database_, "SELECT body, octets FROM source.message");
  for (auto row = select(); row.step();) {
    const auto at = std::ranges::lower_bound(found.lacking, row.integer(0), {}, &Body::id);
    if (at != found.lacking.end() && at->id == row.integer(0))
      at->octets = row.number<std::uint64_t>(1);
  }
  return found;
}

void Target::copy(const Body& body) {
  const std::int64_t before = database_.total_changes();
  copy_body_(body.id).finish();
  progress_.octets_done += body.octets;
  if (database_.total_changes() == before) return;  // it is gone by now
  copy_chunks_(first_chunk(body.id), first_chunk(body.id + 1) - 1).finish();
  ++outcome_.copied;
  outcome_.copied_octets += body.octets;
}

void Target::drop(std::int64_t body) {
  drop_chunks_(first_chunk(body), first_chunk(body + 1) - 1).finish();
  drop_body_(body).finish();
}

/// False when nothing is left of what was lacking at the beginning.
bool Target::copy_piece(const ShowProgress& show) {
  if (!queue_) {
    Difference found = difference();
    // What a restored account gave an id to that another body has here waits for the end, since the
    // last complete backup still names that one.
    std::erase_if(found.lacking, [&](const Body& body) {
      return std::ranges::binary_search(found.surplus, body.id);
    });
    queue_ = std::move(found.lacking);
    for (const Body& body : *queue_) progress_.octets_total += body.octets;
  }
  const auto begun = std::chrono::steady_clock::now();
  const std::uint64_t done = progress_.octets_done;
  while (copied_to_ < queue_->size()) {
    copy((*queue_)[copied_to_++]);
    if (progress_.octets_done - done >= piece_octets) break;
    if (std::chrono::steady_clock::now() - begun >= piece_time) break;
  }
  show(progress_);
  return copied_to_ < queue_->size();
}

void Target::renew_small_tables() {
  std::vector<std::string> names;
  Statement select(database_,
                   "SELECT name FROM pragma_table_list WHERE schema = 'source' AND type = 'table' "
                   "AND name NOT IN ('body', 'body_chunk', 'backup', 'sqlite_schema')");
  for (auto row = select(); row.step();) {
    if (std::ranges::find(tables_made_again, row.octets(0)) == tables_made_again.end())
      names.emplace_back(row.octets(0));
  }
  for (const std::string& name : names) {
    database_.run(fmt::format("DELETE FROM main.\"{}\"", name).c_str());
    database_.run(
        fmt::format("INSERT INTO main.\"{}\" SELECT * FROM source.\"{}\"", name, name).c_str());
  }
}

void Target::finish(const ShowProgress& show) {
  const Difference found = difference();
  for (const std::int64_t body : found.surplus) drop(body);
  outcome_.dropped = found.surplus.size();
  for (const Body& body : found.lacking) {
    progress_.octets_total += body.octets;
    copy(body);
  }
  renew_small_tables();
  BackupFacts& facts = outcome_.facts;
  facts.account = account_;
  facts.taken = wall_now();
  Statement count(database_, "SELECT count(*), total(octets) FROM main.message");
  {
    auto row = count();
    row.step();
    facts.messages = row.number<std::uint64_t>(0);
    facts.octets = row.number<std::uint64_t>(1);
  }
  database_.run("DELETE FROM backup");
  Statement insert(database_,
                   "INSERT INTO backup(account, taken, messages, octets) VALUES (?, ?, ?, ?)");
  insert(std::string_view(account_), facts.taken.time_since_epoch().count(), facts.messages,
         facts.octets)
      .finish();
  database_.run(fmt::format("PRAGMA main.application_id = {}", application_id).c_str());
  show(progress_);
}

}  // namespace

std::expected<BackupOutcome, Problem> back_up(const fs::path& file, const fs::path& target,
                                              const std::string& account,
                                              const ShowProgress& show) {
  std::error_code ignored;
  if (!fs::exists(file, ignored))
    return std::unexpected(
        Problem{fmt::format("{} has no mail yet: there is no {}", account, file.string()), ""});
  if (fs::equivalent(file, target, ignored))
    return std::unexpected(Problem{target.string() + " is the account itself",
                                   "name a file on another disk as the target"});
  try {
    return Target(target, file, account).run(show);
  } catch (const ForeignFile& failure) {
    return std::unexpected(Problem{failure.what(), "name another file, or move that one away"});
  } catch (const StoreFailure& failure) {
    Problem problem = problem_of(failure);
    if (failure.kind() == FailureKind::locked)
      problem.advice =
          "if it is of an earlier release, restart the daemon (or `postern status`) first; else "
          "try "
          "again";
    return std::unexpected(std::move(problem));
  }
}

std::expected<BackupFacts, Problem> backup_facts(const fs::path& backup) {
  const auto none = [&backup](const char* why) {
    return std::unexpected(Problem{fmt::format("{} is no backup: {}", backup.string(), why),
                                   "name a file that `postern backup` made"});
  };
  std::error_code ignored;
  if (!fs::is_regular_file(backup, ignored)) return none("there is no such file");
  try {
    Database database(backup);
    database.configure(Database::Access::read);
    if (!has_backup_table(database)) return none("it is another file");
    Statement select(database, "SELECT account, taken, messages, octets FROM backup");
    auto row = select();
    if (!row.step() || schema_of(database) == 0) return none("it was never completed");
    return BackupFacts{.account = std::string(row.octets(0)),
                       .taken = WallTime(std::chrono::seconds(row.integer(1))),
                       .messages = row.number<std::uint64_t>(2),
                       .octets = row.number<std::uint64_t>(3)};
  } catch (const StoreFailure& failure) {
    if (failure.kind() == FailureKind::corrupt) return none(failure.what());
    return std::unexpected(problem_of(failure));
  }
}

}  // namespace postern::store
