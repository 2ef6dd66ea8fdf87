#include <memory>
#include <utility>

#include <fmt/format.h>

#include "sync/store/backup.h"
#include "sync/store/database.h"
#include "sync/store/kept_aside.h"
#include "sync/store/private_files.h"
#include "sync/store/schema.h"

namespace postern::store {

namespace {

namespace fs = std::filesystem;

/// What one step copies; pages have 16 KiB.
constexpr int step_pages = 512;

struct EndCopy {
  void operator()(sqlite3_backup* copy) const { sqlite3_backup_finish(copy); }
};

/// Page by page, which takes the journal of an interrupted backup into account.
void copy_pages(Database& from, Database& to, const BackupFacts& facts, const ShowProgress& show) {
  const std::unique_ptr<sqlite3_backup, EndCopy> copy(
      sqlite3_backup_init(to.handle(), "main", from.handle(), "main"));
  if (!copy) to.fail(sqlite3_errcode(to.handle()), "copy");
  int code = SQLITE_OK;
  while (code == SQLITE_OK) {
    code = sqlite3_backup_step(copy.get(), step_pages);
    const auto all = static_cast<std::uint64_t>(sqlite3_backup_pagecount(copy.get()));
    const auto left = static_cast<std::uint64_t>(sqlite3_backup_remaining(copy.get()));
    if (all != 0) show({facts.octets * (all - left) / all, facts.octets});
  }
  if (code == SQLITE_DONE) return;
  if ((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB) from.fail(code, "copy");
  to.fail(code, "copy");
}

/// The Generation's file never bears this time, so the next opening sees a copy.
void mark_as_copied(Database& database) {
  database.run("BEGIN");
  database.run("DROP TABLE backup");
  // What a later, interrupted backup left behind is of no account.
  database.run(
      "INSERT OR IGNORE INTO reclaim SELECT id, 0, 0 FROM body "
      "WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.body = body.id)");
  database.run("UPDATE account SET generation = max(generation, 1), generation_changed = 1");
  database.run("COMMIT");
}

RestoreOutcome put_back(const fs::path& backup, const fs::path& folder, Replace replace,
                        const BackupFacts& facts, const ShowProgress& show) {
  make_private_folder(folder);
  const FileLock lock(folder / "lock");
  const fs::path file = folder / "mail.db";
  const bool there = fs::exists(file);
  if (there && replace == Replace::no)
    throw ForeignFile(FailureKind::locked, fmt::format("{} is there already", file.string()));
  const NewFile fresh(folder / "mail.db.new");
  {
    Database from(backup);
    from.configure(Database::Access::read);
    static_cast<void>(schema_of(from));
    Database to(fresh.path());
    to.run("PRAGMA page_size = 16384");
    copy_pages(from, to, facts, show);
    renew_schema(to);
    mark_as_copied(to);
  }
  return {.facts = facts, .aside = fresh.replace(file, "replaced")};
}

}  // namespace

std::expected<RestoreOutcome, Problem> restore(const fs::path& backup, const fs::path& folder,
                                               Replace replace, const ShowProgress& show) {
  const auto facts = backup_facts(backup);
  if (!facts) return std::unexpected(facts.error());
  try {
    return put_back(backup, folder, replace, *facts, show);
  } catch (const ForeignFile& failure) {
    return std::unexpected(
        Problem{failure.what(), "to put the backup in its place, add --replace: it is kept aside"});
  } catch (const StoreFailure& failure) {
    return std::unexpected(problem_of(failure));
  }
}

}  // namespace postern::store
