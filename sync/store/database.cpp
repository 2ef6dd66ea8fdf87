#include "sync/store/database.h"

#include <utility>

#include <fmt/format.h>

#include "sync/store/gram_tokenizer.h"
#include "sync/store/log_scan.h"

namespace postern::store {

namespace {

FailureKind kind_of(int extended) {
  switch (extended & 0xff) {
    case SQLITE_FULL: return FailureKind::disk_full;
    case SQLITE_READONLY:
    case SQLITE_PERM: return FailureKind::read_only;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return FailureKind::locked;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return FailureKind::corrupt;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL: return FailureKind::io;
    default: return FailureKind::bug;
  }
}

/// SQLite counts what it allocates, under a lock that all threads share, and nobody asks for it.
/// Somebody who used it before has it count on, which does no harm.
void leave_memory_uncounted() {
  static const int said = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(said);
}

constexpr const char* count_pages = "PRAGMA page_count";

int remember_log_pages(void* pages, sqlite3* /*handle*/, const char* /*schema*/, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

}  // namespace

Database::Database(std::filesystem::path file, Purpose purpose) : file_(std::move(file)) {
  leave_memory_uncounted();
  // Where there is no log, a connection that may write takes what it made beside the file along.
  const bool only_read = purpose == Purpose::look && has_log(file_);
  // Without a mutex: every connection belongs to one thread.
  const int code = sqlite3_open_v2(file_.c_str(), &handle_,
                                   (only_read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                                       SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
                                   nullptr);
  if (code == SQLITE_OK) {
    if (only_read) leave_log();
    sqlite3_extended_result_codes(handle_, 1);
    add_gram_tokenizer(handle_);  // without FTS5 there is none, and its tables tell
    return;
  }
  const StoreFailure failure(kind_of(code), fmt::format("cannot open {}: {}", file_.string(),
                                                        handle_ != nullptr ? sqlite3_errmsg(handle_)
                                                                           : sqlite3_errstr(code)));
  sqlite3_close_v2(handle_);
  throw StoreFailure(failure);
}

Database::~Database() {
  sqlite3_close_v2(handle_);
}

void Database::configure(Access access) {
  sqlite3_busy_timeout(handle_, 2000);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  run("PRAGMA temp_store = MEMORY");
  run("PRAGMA cell_size_check = ON");
  if (access == Access::read) {
    run("PRAGMA query_only = ON");
    // Bodies are read once, in order; the system keeps the file at hand.
    run("PRAGMA cache_size = -2048");
    return;
  }
  // Only FULL syncs the log at every commit, and a commit is what upstream deletes by.
  run("PRAGMA synchronous = FULL");
  run("PRAGMA cache_size = -8192");
  run("PRAGMA journal_size_limit = 67108864");
  // The writer moves the log into the file itself, after it has answered; the hook tells how long
  // the log is and takes the place of SQLite's own checkpoints.
  sqlite3_wal_hook(handle_, remember_log_pages, &log_pages_);
}

void Database::run(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code, sql);
}

std::int64_t Database::number(const char* sql) {
  Statement statement(*this, sql);
  auto row = statement();
  return row.step() ? row.integer(0) : 0;
}

std::string Database::text(const char* sql) {
  Statement statement(*this, sql);
  auto row = statement();
  return row.step() ? std::string(row.octets(0)) : std::string();
}

void Database::leave_log() {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void Database::checkpoint(Checkpoint kind) {
  if (kind == Checkpoint::when_due && !checkpoint_is_due()) return;
  const int mode =
      kind == Checkpoint::truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  int in_log = 0;
  int moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, mode, &in_log, &moved);
  // A reader in the way is no failure: the next one gets further.
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) fail(code, "checkpoint");
  if (in_log >= 0) log_pages_ = in_log - moved;
  pages_at_checkpoint_ = number(count_pages);
}

/// A page that many commits change is moved once, so it pays to wait. A new one is moved once
/// whenever that is: where they are a third of the log, moving them soon costs next to nothing and
/// keeps each stop short.
bool Database::checkpoint_is_due() {
  constexpr int least_log_pages = 1000;  // 16 MiB
  constexpr int most_log_pages = 4000;
  if (log_pages_ <= least_log_pages) return false;
  if (log_pages_ > most_log_pages) return true;
  return number(count_pages) - pages_at_checkpoint_ > log_pages_ / 3;
}

void Database::fail(int code, std::string_view doing) {
  const int extended = sqlite3_extended_errcode(handle_);
  const int shown = (extended & 0xff) == (code & 0xff) ? extended : code;
  const FailureKind kind = kind_of(shown);
  if (kind == FailureKind::disk_full || kind == FailureKind::io || kind == FailureKind::corrupt ||
      kind == FailureKind::read_only)
    harmed_ = true;
  throw StoreFailure(kind, fmt::format("{}: {} ({}) in: {}", file_.string(),
                                       sqlite3_errmsg(handle_), shown, doing));
}

sqlite3_stmt* Statement::prepared() {
  if (statement_ == nullptr) {
    const int code = sqlite3_prepare_v3(database_->handle(), sql_, -1, SQLITE_PREPARE_PERSISTENT,
                                        &statement_, nullptr);
    if (code != SQLITE_OK) database_->fail(code, sql_);
  }
  return statement_;
}

bool Statement::Run::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) check(code);
  return false;
}

std::string_view Statement::Run::octets(int column) const {
  // The blob form gives the octets of texts as they are stored, and NULL for nothing.
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr
             ? std::string_view()
             : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

void Statement::Run::bind(int at, std::string_view text) {
  check(sqlite3_bind_text64(statement_, at, text.data() == nullptr ? "" : text.data(), text.size(),
                            SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::Run::bind(int at, std::span<const std::uint8_t> blob) {
  // A null pointer would bind NULL.
  const void* data = blob.data() == nullptr ? static_cast<const void*>("") : blob.data();
  check(sqlite3_bind_blob64(statement_, at, data, blob.size(), SQLITE_STATIC));
}

void Statement::Run::check(int code) const {
  if (code != SQLITE_OK) database_->fail(code, sqlite3_sql(statement_));
}

}  // namespace postern::store
