#include "sync/store/backup.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "sync/store/database.h"
#include "sync/store/log_scan.h"
#include "sync/store/private_files.h"
#include "sync/store/schema.h"

namespace postern::store {

namespace {

namespace fs = std::filesystem;

/// What one transaction copies: it keeps the source's log from being used again for so long.
constexpr std::uint64_t piece_octets = 16ULL * 1024 * 1024;
constexpr auto piece_time = std::chrono::milliseconds(200);
/// So many messages may go from a backup whatever share of it they are.
constexpr std::uint64_t few_messages = 20;

/// What has advice of its own.
class Refused : public StoreFailure {
 public:
  Refused(FailureKind kind, const std::string& what, std::string advice)
      : StoreFailure(kind, what), advice_(std::move(advice)) {}
  [[nodiscard]] const std::string& advice() const { return advice_; }

 private:
  std::string advice_;
};

struct Body {
  std::int64_t id = 0;
  std::uint64_t octets = 0;
};

/// Bodies that one of both has alone. A body of the same id and hash is the same.
struct Difference {
  std::vector<Body> lacking;
  std::vector<std::int64_t> surplus;
  std::vector<std::int64_t> gone;  ///< of these, whose octets the source has under no id
};

std::vector<std::int64_t> ids(Database& database, const char* sql) {
  std::vector<std::int64_t> found;
  Statement select(database, sql);
  for (auto row = select(); row.step();) found.push_back(row.integer(0));
  std::ranges::sort(found);
  return found;
}

/// Before the target is touched.
void expect_account(const fs::path& source) {
  Database database(source, Database::Purpose::look);
  database.configure(Database::Access::read);
  if (database.number("PRAGMA application_id") != application_id)
    throw StoreFailure(FailureKind::corrupt,
                       fmt::format("{} is not a mail database", source.string()));
  const auto version = database.number("PRAGMA user_version");
  if (version > newest_schema())
    throw StoreFailure(FailureKind::newer,
                       fmt::format("{} was written by a later release", source.string()));
  if (version < newest_schema())
    throw Refused(FailureKind::locked, fmt::format("{} is of an earlier release", source.string()),
                  "start the daemon once: it takes the file to this one");
}

/// The backup's file with the account's file at its side, as `source`.
class Target {
 public:
  Target(const fs::path& file, const fs::path& source, std::string account, Anew anew)
      : lock_(file, "another backup that is being made"),
        database_(file),
        account_(std::move(account)),
        anew_(anew) {
    prepare();
    lock_.make_private();
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
  void admit(const Difference& found);
  void expect_bodies_of_source();
  bool has_same(std::int64_t body);
  bool copy_piece(const ShowProgress& show);
  [[nodiscard]] bool copy(const Body& body);
  void copy_in_the_end(const Body& body);
  void drop(std::int64_t body);
  void finish(const ShowProgress& show);
  void renew_small_tables();
  void note(const ShowProgress& show);

  template <class Work>
  void in_transaction(const Work& work) {
    database_.run("BEGIN");
    work();
    database_.run("COMMIT");
  }

  const FileLock lock_;
  Database database_;
  const std::string account_;
  const Anew anew_;
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
  Statement theirs_{database_, "SELECT 1 FROM source.body WHERE id = ?"};
  Statement same_{database_,
                  "SELECT 1 FROM main.body AS ours JOIN source.body AS theirs ON "
                  "theirs.id = ours.id AND theirs.hash = ours.hash WHERE ours.id = ?"};
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
  try {
    database_.configure(Database::Access::write);
    if (database_.number("SELECT count(*) FROM sqlite_schema") == 0) return make();
  } catch (const StoreFailure& failure) {
    if (failure.kind() != FailureKind::corrupt) throw;
    throw ForeignFile(FailureKind::corrupt,
                      fmt::format("{} is not a backup of postern: it is not a database", file));
  }
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
  // The log of a daemon that did not end well is its own affair.
  if (has_log(source)) database_.leave_log();
  Statement attach(database_, "ATTACH ? AS source");
  attach(std::string_view(source.native())).finish();
}

/// Both sides are read from an index on hash and id alone: the bodies are not touched.
Difference Target::difference() {
  const auto lacking = ids(database_,
                           "SELECT id FROM (SELECT hash_key, id FROM source.body EXCEPT "
                           "SELECT hash_key, id FROM main.body ORDER BY 1, 2)");
  Difference found;
  {
    Statement select(database_,
                     "SELECT id, EXISTS (SELECT 1 FROM source.body AS theirs WHERE "
                     "theirs.hash_key = ours.hash_key) FROM (SELECT hash_key, id FROM main.body "
                     "EXCEPT SELECT hash_key, id FROM source.body ORDER BY 1, 2) AS ours");
    for (auto row = select(); row.step();) {
      found.surplus.push_back(row.integer(0));
      if (row.integer(1) == 0) found.gone.push_back(row.integer(0));
    }
  }
  std::ranges::sort(found.surplus);
  std::ranges::sort(found.gone);
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

/// A lost state folder must not take the backup along.
void Target::admit(const Difference& found) {
  if (anew_ == Anew::yes) return;
  const std::string file = database_.file().string();
  const std::string ours = database_.text("SELECT account FROM main.identity");
  const std::string theirs = database_.text("SELECT account FROM source.identity");
  if (!ours.empty() && !theirs.empty() && ours != theirs)
    throw Refused(FailureKind::corrupt,
                  fmt::format("{} is the backup of an earlier account {}, and the one that is here "
                              "now was made anew",
                              file, account_),
                  "put the backup back (postern restore --replace), or name another target; with "
                  "--anew what only the backup has is dropped");
  // A body stays for a while when its messages went.
  const auto named = ids(database_, "SELECT DISTINCT body FROM source.message");
  const auto is_gone = [&](std::int64_t body) {
    if (std::ranges::binary_search(found.surplus, body))
      return std::ranges::binary_search(found.gone, body);
    return !std::ranges::binary_search(named, body);
  };
  std::uint64_t messages = 0;
  std::uint64_t gone = 0;
  Statement select(database_, "SELECT body FROM main.message");
  for (auto row = select(); row.step(); ++messages) {
    if (is_gone(row.integer(0))) ++gone;
  }
  if (gone > few_messages && gone > messages / 2)
    throw Refused(FailureKind::corrupt,
                  fmt::format("{} of the {} messages of {} are no longer in the account {}", gone,
                              messages, file, account_),
                  "if that is as it has to be, add --anew; else put the backup back (postern "
                  "restore --replace)");
}

/// Not by the index, since that may be what is damaged.
void Target::expect_bodies_of_source() {
  const auto lost = database_.number(
      "SELECT count(*) FROM source.message AS m NOT INDEXED WHERE NOT EXISTS "
      "(SELECT 1 FROM source.body AS b WHERE b.id = m.body)");
  if (lost != 0)
    throw Refused(FailureKind::corrupt,
                  fmt::format("the account {} is damaged: the octets of {} messages are not there. "
                              "{} is left as it was",
                              account_, lost, database_.file().string()),
                  fmt::format("see `postern verify {}`; put the backup back, or save what can be "
                              "read with `postern verify --repair {}`",
                              account_, account_));
}

bool Target::has_same(std::int64_t body) {
  auto row = same_(body);
  return row.step();
}

/// False if it is not in the source.
bool Target::copy(const Body& body) {
  progress_.octets_done += body.octets;
  {
    auto row = theirs_(body.id);
    if (!row.step()) return false;
  }
  drop(body.id);  // what damage left of it
  copy_body_(body.id).finish();
  copy_chunks_(first_chunk(body.id), first_chunk(body.id + 1) - 1).finish();
  ++outcome_.copied;
  outcome_.copied_octets += body.octets;
  return true;
}

/// In the state that the backup is to have: what the source names is there.
void Target::copy_in_the_end(const Body& body) {
  if (copy(body)) return;
  throw Refused(FailureKind::corrupt,
                fmt::format("the account {} is damaged: its index of bodies names {}, which is not "
                            "there. {} is left as it was",
                            account_, body.id, database_.file().string()),
                fmt::format("see `postern verify {}`; put the backup back, or stop the daemon and "
                            "save what can be read with `postern verify --repair {}`",
                            account_, account_));
}

void Target::drop(std::int64_t body) {
  drop_chunks_(first_chunk(body), first_chunk(body + 1) - 1).finish();
  drop_body_(body).finish();
}

/// False when nothing is left of what was lacking at the beginning.
bool Target::copy_piece(const ShowProgress& show) {
  if (!queue_) {
    Difference found = difference();
    admit(found);
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
    static_cast<void>(copy((*queue_)[copied_to_++]));  // it may be gone by now
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
  expect_bodies_of_source();
  Difference found = difference();
  admit(found);
  std::erase_if(found.surplus, [this](std::int64_t body) { return has_same(body); });
  for (const std::int64_t body : found.surplus) drop(body);
  outcome_.dropped = found.surplus.size();
  for (const Body& body : found.lacking) {
    progress_.octets_total += body.octets;
    copy_in_the_end(body);
  }
  renew_small_tables();
  // What a damaged index on either side kept from being noticed.
  const auto unseen =
      ids(database_,
          "SELECT DISTINCT body FROM main.message AS m NOT INDEXED WHERE NOT EXISTS "
          "(SELECT 1 FROM main.body AS b WHERE b.id = m.body)");
  for (const std::int64_t body : unseen) copy_in_the_end({body});
  note(show);
}

/// The last step: from here on it is the next backup.
void Target::note(const ShowProgress& show) {
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
                                              const std::string& account, const ShowProgress& show,
                                              Anew anew) {
  std::error_code ignored;
  if (!fs::exists(file, ignored))
    return std::unexpected(
        Problem{fmt::format("{} has no mail yet: there is no {}", account, file.string()), ""});
  if (fs::equivalent(file, target, ignored))
    return std::unexpected(Problem{target.string() + " is the account itself",
                                   "name a file on another disk as the target"});
  try {
    expect_account(file);
    return Target(target, file, account, anew).run(show);
  } catch (const ForeignFile& failure) {
    return std::unexpected(Problem{failure.what(), "name another file, or move that one away"});
  } catch (const Refused& refused) {
    return std::unexpected(Problem{refused.what(), refused.advice()});
  } catch (const StoreFailure& failure) {
    Problem problem = problem_of(failure);
    if (failure.kind() == FailureKind::locked) problem.advice = "try again when it has ended";
    if (failure.kind() == FailureKind::corrupt)
      problem.advice = fmt::format(
          "see `postern verify {}`; if all is well with it, the backup is damaged: move {} away "
          "and "
          "back up anew",
          account, target.string());
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
