#pragma once

#include <filesystem>

#include "sync/store/database.h"

namespace postern::store {

/// Notices that a database is not the one that was written last but an older one, which came from a
/// backup, or a copy. It would give UIDs again that mail programs know as other messages.
///
/// Beside the database lies a file with a number. The database holds the same number and the time
/// when the file system last changed that file, which no program can put back: a file that was
/// copied to its place has another one. Only the image of a whole file system escapes this.
///
/// The number goes up now and then, so that a database alone that was put back is noticed, too. It
/// is on disk in the database first, then in the file, then the time in the database: a crash in
/// between looks like no copy.
///
/// One thread at a time.
class Generation {
 public:
  explicit Generation(std::filesystem::path file) : file_(std::move(file)) {}

  enum class Origin { continued, copied };
  [[nodiscard]] Origin origin(Database& database) const;
  /// Takes the next number. Not within a transaction.
  void renew(Database& database) const;

 private:
  std::filesystem::path file_;
};

/// What makes mail programs and the sync start anew with a database that was copied: other
/// UIDVALIDITYs, and nothing is deleted anywhere until a sync was completed. Not within a
/// transaction.
void start_anew(Database& database);
/// Of that, what is about providers: nothing is deleted there until a sync was completed, and what
/// waits to be sent may have been sent already. Within the transaction at hand.
void distrust_sources(Database& database);

}  // namespace postern::store
