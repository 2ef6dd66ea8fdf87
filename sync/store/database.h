#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <sqlite3.h>

#include "sync/base/ids.h"
#include "sync/store/failure.h"

namespace postern::store {

/// One SQLite connection. One thread at a time. Every failure is thrown as StoreFailure.
class Database {
 public:
  enum class Access { write, read };

  /// `look` changes neither the file nor the log that a process left which did not end well.
  enum class Purpose { work, look };

  /// Opens a file that exists; sets nothing up yet.
  explicit Database(std::filesystem::path file, Purpose purpose = Purpose::work);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Settings of this connection (not of the file).
  void configure(Access access);

  /// Statements without parameters or rows that matter.
  void run(const char* sql);
  [[nodiscard]] std::int64_t number(const char* sql);
  [[nodiscard]] std::string text(const char* sql);

  [[nodiscard]] sqlite3* handle() const { return handle_; }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  /// False once SQLite gave the transaction up by itself.
  [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
  [[nodiscard]] std::int64_t last_row_id() const { return sqlite3_last_insert_rowid(handle_); }
  /// Rows changed by this connection since it was opened.
  [[nodiscard]] std::int64_t total_changes() const { return sqlite3_total_changes64(handle_); }
  /// Pages in the write-ahead log, as of the last commit or checkpoint of this connection.
  [[nodiscard]] int log_pages() const { return log_pages_; }

  /// Closing this connection does not move the log into the file, though it be the last one.
  void leave_log();
  /// `when_due`: passive if the log has grown long enough.
  enum class Checkpoint { when_due, passive, truncate };
  /// Moves the log into the file; nothing else is written meanwhile. Throws StoreFailure.
  void checkpoint(Checkpoint kind);

  /// An error left it open what this connection has in memory or what the file holds: it has to be
  /// closed, and nothing may be tried again on it.
  [[nodiscard]] bool harmed() const { return harmed_; }
  [[noreturn]] void fail(int code, std::string_view doing);

 private:
  [[nodiscard]] bool checkpoint_is_due();

  std::filesystem::path file_;
  sqlite3* handle_ = nullptr;
  int log_pages_ = 0;
  std::int64_t pages_at_checkpoint_ = 0;  ///< of the file; 0 before the first
  bool harmed_ = false;
};

/// One prepared statement, compiled at its first use. Lives not longer than its Database.
class Statement {
 public:
  /// One execution: parameters are bound, rows are stepped through; resets at its end. Bound octets
  /// must outlive it, views of columns end with the next step.
  class Run {
   public:
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    Run(Run&& other) noexcept
        : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}
    ~Run() {
      if (statement_ != nullptr) sqlite3_reset(statement_);
    }

    /// True while there is a row.
    bool step();
    /// Steps to the end.
    void finish() {
      while (step()) {
      }
    }

    [[nodiscard]] std::int64_t integer(int column) const {
      return sqlite3_column_int64(statement_, column);
    }
    template <class Number>
    [[nodiscard]] Number number(int column) const {
      return static_cast<Number>(integer(column));
    }
    template <class IdType>
    [[nodiscard]] IdType id(int column) const {
      return IdType(static_cast<typename IdType::number_type>(integer(column)));
    }
    [[nodiscard]] bool null(int column) const {
      return sqlite3_column_type(statement_, column) == SQLITE_NULL;
    }
    /// Of text and of blobs.
    [[nodiscard]] std::string_view octets(int column) const;

   private:
    friend class Statement;
    Run(Database& database, sqlite3_stmt* statement)
        : database_(&database), statement_(statement) {}

    void bind(int at, std::int64_t value) { check(sqlite3_bind_int64(statement_, at, value)); }
    template <class Number>
      requires std::is_integral_v<Number> || std::is_enum_v<Number>
    void bind(int at, Number value) {
      bind(at, static_cast<std::int64_t>(value));
    }
    template <class Tag, class Number>
    void bind(int at, Id<Tag, Number> id) {
      bind(at, static_cast<std::int64_t>(id.value));
    }
    void bind(int at, std::string_view text);
    void bind(int at, std::span<const std::uint8_t> blob);
    void bind(int at, std::nullptr_t) { check(sqlite3_bind_null(statement_, at)); }
    void check(int code) const;

    Database* database_;
    sqlite3_stmt* statement_;
  };

  Statement(Database& database, const char* sql) : database_(&database), sql_(sql) {}
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// Text parameters are given as string_view, blobs as spans of octets.
  template <class... Values>
  [[nodiscard]] Run operator()(const Values&... values) {
    Run run(*database_, prepared());
    int at = 0;
    (run.bind(++at, values), ...);
    return run;
  }

 private:
  sqlite3_stmt* prepared();

  Database* database_;
  const char* sql_;
  sqlite3_stmt* statement_ = nullptr;
};

/// The octets of a text as a blob.
[[nodiscard]] inline std::span<const std::uint8_t> as_blob(std::string_view octets) {
  return {reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size()};
}

}  // namespace postern::store
