#include "sync/store/schema.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/store/listed_fields_table.h"

namespace postern::store {

namespace {

/// What takes the schema from version n to n + 1, for n = 0, 1, ... Released steps never change.
///
/// - `body` and `body_chunk` are written once and never updated.
/// - `body.hash_key` is the first 8 octets of the hash: an index on it is a third of one on the
///   whole, and arrival touches it at random.
/// - `body.head_octets` is how much of the body is cut apart from the rest, so that header fetches
///   do not touch texts: its header, or all of it if it is small.
/// - `expunged` holds runs of UIDs that went at one MODSEQ.
/// - `origin.retired` is 0, or the row's own id once it is gone: a UIDL is unique among those that
///   upstream may still hold, and may come back as another message after that.
/// - `origin.lacking` counts the good listings without it since it vanished; -1: we deleted it, or
///   it is settled that its messages stay, or they are in the Trash by now.
/// - `origin.placeholder`: what is stored here stands for a message that is not, whatever `state`.
/// - `source.watched` counts seconds; `origin.watched_from` is what it was when the origin was
///   delivered or went.
/// - `origin.also_announced` is another size of the same message, or 0.
/// - `origin.header_hash` is empty where it is not known.
/// - `fetch_failure` names messages that are not here, because fetching them failed.
/// - `reclaim` names bodies that lost an entry in `mailbox` at `mod_seq`: they may be unnamed.
/// - `credential.sealed` is encrypted under a key that is not in this file.
/// - `uid_validity` is the highest ever given in this account.
/// - `generation_changed` is when the file system last changed the file of the Generation, in
///   nanoseconds; 0 if that is not known.
/// - `search_index` names the tables of the search index: search_1 for generation 1, and so on
///   (SearchIndex). They are made when they are filled first.
/// - `search_fields` has FoldedFields of what is indexed; `body` is one that is or was there.
/// - `search_text` has FoldedTexts of it, where they are not too long. An index that was filled
///   without them is made anew as if all in it were dead, and answers until then.
/// - `sort_key.keys` is what SORT and THREAD compare of a body (`wire::mime::SortKeys`);
///   `sort_key_lacking` has a row while bodies up to `last` may have none.
/// - `listed_fields.fields` is `wire::mime::listed::fields` of a body; `listed_fields_complete`
///   says from which body on all have theirs. No row: nobody knows yet.
/// - `identity` has one row of 128 random bits, which tells the account from another one of its
///   name. Backups have the same. It is made when the account is opened, so that a file that was
///   made for another purpose has none yet.
/// - `login` is what the logins of a source taught; `refused` is encrypted as a credential is.
/// - `submission.body` is 0 unless its message left the mailbox at the final dot of an attempt; its
///   `uid` is 0 then. `recipients` counts those of `submission_recipient`. `at_dot`: the final dot
///   of an attempt may be out that is not settled.
/// - `sent_copy` has a row for each message of Sent that stands for one that a program will append,
///   or for one that will be filed, unless it is `claimed`: then it did. `message_id` is the
///   SHA-256 of its likeness (SentCopyTable), or empty.
/// - `device_sha_1` has the keys of SCRAM-SHA-1; those of a device's row are of SCRAM-SHA-256.
/// - `device_hidden` names messages that one device is not shown; they may be gone by now.
/// - `imported.hash` and `occurrence` are an ImportKey. A row outlives its message.
/// - `annotation.mailbox` is 0 where it belongs to the account as a whole; `entry` is in small
///   letters.
constexpr std::array migrations = {R"sql(
CREATE TABLE account(
  uid_validity INTEGER NOT NULL,
  reopened INTEGER NOT NULL DEFAULT 0,
  generation INTEGER NOT NULL DEFAULT 0,
  generation_changed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE mailbox(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  uid_validity INTEGER NOT NULL,
  special_use INTEGER NOT NULL DEFAULT 0,
  uid_next INTEGER NOT NULL DEFAULT 1,
  mod_seq INTEGER NOT NULL DEFAULT 1,
  first_recent INTEGER NOT NULL DEFAULT 1);
CREATE TABLE subscription(name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE keyword(
  mailbox INTEGER NOT NULL, bit INTEGER NOT NULL, name TEXT NOT NULL,
  PRIMARY KEY(mailbox, bit)) WITHOUT ROWID;
CREATE TABLE body(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash_key INTEGER NOT NULL,
  hash BLOB NOT NULL,
  octets INTEGER NOT NULL,
  header_octets INTEGER NOT NULL,
  head_octets INTEGER NOT NULL,
  envelope BLOB NOT NULL,
  body BLOB NOT NULL,
  body_structure BLOB NOT NULL,
  parts BLOB NOT NULL);
CREATE INDEX body_by_hash ON body(hash_key);
CREATE TABLE body_chunk(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE message(
  mailbox INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  body INTEGER NOT NULL,
  octets INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  keywords INTEGER NOT NULL,
  mod_seq INTEGER NOT NULL,
  date INTEGER NOT NULL,
  zone INTEGER NOT NULL,
  origin INTEGER,
  saved_at INTEGER NOT NULL,
  PRIMARY KEY(mailbox, uid)) WITHOUT ROWID;
CREATE INDEX message_by_body ON message(body);
CREATE INDEX message_by_origin ON message(origin) WHERE origin IS NOT NULL;
CREATE TABLE expunged(
  mailbox INTEGER NOT NULL, mod_seq INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY(mailbox, mod_seq, first)) WITHOUT ROWID;
CREATE TABLE source(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  delete_expunged INTEGER NOT NULL,
  full_sync INTEGER NOT NULL DEFAULT 0,
  relinking INTEGER NOT NULL DEFAULT 0,
  suspicious_since INTEGER NOT NULL DEFAULT 0,
  listed_at INTEGER NOT NULL DEFAULT 0,
  listed_before INTEGER NOT NULL DEFAULT 0,
  watched INTEGER NOT NULL DEFAULT 0,
  watched_at INTEGER NOT NULL DEFAULT 0,
  boot TEXT NOT NULL DEFAULT '',
  boot_time INTEGER NOT NULL DEFAULT 0);
CREATE TABLE origin(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source INTEGER NOT NULL,
  uidl BLOB NOT NULL,
  octets INTEGER NOT NULL,
  hash BLOB NOT NULL,
  announced INTEGER NOT NULL,
  state INTEGER NOT NULL,
  expunged INTEGER NOT NULL DEFAULT 0,
  first_seen INTEGER NOT NULL,
  gone_since INTEGER NOT NULL DEFAULT 0,
  retired INTEGER NOT NULL DEFAULT 0,
  lacking INTEGER NOT NULL DEFAULT 0,
  placeholder INTEGER NOT NULL DEFAULT 0,
  header_hash BLOB NOT NULL DEFAULT x'',
  watched_from INTEGER NOT NULL DEFAULT 0,
  also_announced INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX origin_by_uidl ON origin(source, uidl, retired);
CREATE INDEX origin_to_delete ON origin(source) WHERE expunged = 1 AND state IN (1, 2);
CREATE TABLE fetch_failure(
  source INTEGER NOT NULL, uidl BLOB NOT NULL,
  failures INTEGER NOT NULL, next_try INTEGER NOT NULL,
  PRIMARY KEY(source, uidl)) WITHOUT ROWID;
CREATE TABLE credential(source TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE login(
  source TEXT PRIMARY KEY,
  last INTEGER NOT NULL,
  last_success INTEGER NOT NULL,
  announced INTEGER NOT NULL,
  learned INTEGER NOT NULL,
  refusals INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  refused_since INTEGER NOT NULL,
  refused BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE reclaim(
  body INTEGER NOT NULL, mailbox INTEGER NOT NULL, mod_seq INTEGER NOT NULL,
  PRIMARY KEY(body, mailbox, mod_seq)) WITHOUT ROWID;

INSERT INTO mailbox(name, uid_validity, special_use)
  SELECT name, max(1, unixepoch()) + nr, special_use FROM (
    SELECT 'INBOX' AS name, 0 AS nr, 0 AS special_use
    UNION ALL SELECT 'Archive', 1, 1
    UNION ALL SELECT 'Drafts', 2, 2
    UNION ALL SELECT 'Junk', 3, 3
    UNION ALL SELECT 'Sent', 4, 4
    UNION ALL SELECT 'Trash', 5, 5);
INSERT INTO subscription(name) SELECT name FROM mailbox;
INSERT INTO account(uid_validity) SELECT max(uid_validity) FROM mailbox;
)sql",
                                   R"sql(
CREATE TABLE search_index(
  generation INTEGER PRIMARY KEY,
  version TEXT NOT NULL,
  indexed INTEGER NOT NULL DEFAULT 0,
  dead INTEGER NOT NULL DEFAULT 0);
CREATE TABLE search_fields(body INTEGER PRIMARY KEY, fields BLOB NOT NULL);
)sql",
                                   R"sql(
CREATE TABLE sort_key(body INTEGER PRIMARY KEY, keys BLOB NOT NULL);
CREATE TABLE sort_key_lacking(last INTEGER NOT NULL);
INSERT INTO sort_key_lacking(last) SELECT id FROM body ORDER BY id DESC LIMIT 1;
)sql",
                                   R"sql(
CREATE TABLE imported(
  mailbox INTEGER NOT NULL, hash BLOB NOT NULL, occurrence INTEGER NOT NULL,
  PRIMARY KEY(mailbox, hash, occurrence)) WITHOUT ROWID;
)sql",
                                   R"sql(
CREATE TABLE IF NOT EXISTS identity(account BLOB PRIMARY KEY) WITHOUT ROWID;
)sql",
                                   R"sql(
CREATE TABLE submission(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  mailbox INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  body INTEGER NOT NULL DEFAULT 0,
  outgoing TEXT NOT NULL,
  sender TEXT NOT NULL,
  parameters TEXT NOT NULL,
  message_id TEXT NOT NULL,
  recipients INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  due INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  certainty INTEGER NOT NULL DEFAULT 0,
  at_dot INTEGER NOT NULL DEFAULT 0,
  problem TEXT NOT NULL DEFAULT '',
  filed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX submission_by_message ON submission(mailbox, uid);
CREATE TABLE submission_recipient(
  submission INTEGER NOT NULL, number INTEGER NOT NULL,
  address TEXT NOT NULL, parameters TEXT NOT NULL,
  state INTEGER NOT NULL DEFAULT 0, answer TEXT NOT NULL DEFAULT '',
  PRIMARY KEY(submission, number)) WITHOUT ROWID;
CREATE TABLE sent_copy(
  mailbox INTEGER NOT NULL, uid INTEGER NOT NULL,
  message_id BLOB NOT NULL,
  filed_at INTEGER NOT NULL,
  filed_by INTEGER NOT NULL,
  claimed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(mailbox, uid)) WITHOUT ROWID;
CREATE INDEX sent_copy_by_id ON sent_copy(message_id);
)sql",
                                   R"sql(
CREATE TABLE search_text(body INTEGER PRIMARY KEY, texts BLOB NOT NULL);
UPDATE search_index SET dead = 1 << 40;
)sql",
                                   R"sql(
CREATE TABLE device(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  rights INTEGER NOT NULL,
  sender TEXT NOT NULL,
  scram_salt BLOB NOT NULL,
  scram_iterations INTEGER NOT NULL,
  stored_key BLOB NOT NULL,
  server_key BLOB NOT NULL,
  scrypt_salt BLOB NOT NULL,
  scrypt_cost INTEGER NOT NULL,
  scrypt_hash BLOB NOT NULL,
  created INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0,
  address TEXT NOT NULL DEFAULT '',
  program TEXT NOT NULL DEFAULT '');
CREATE TABLE device_hidden(
  device INTEGER NOT NULL, mailbox INTEGER NOT NULL, uid INTEGER NOT NULL,
  PRIMARY KEY(device, mailbox, uid)) WITHOUT ROWID;
)sql",
                                   R"sql(
CREATE TABLE device_certificate(
  device INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL UNIQUE,
  until INTEGER NOT NULL);
)sql",
                                   R"sql(
CREATE TABLE listed_fields(body INTEGER PRIMARY KEY, fields BLOB NOT NULL);
CREATE TABLE listed_fields_complete(first INTEGER NOT NULL);
)sql",
                                   R"sql(
CREATE TABLE IF NOT EXISTS annotation(
  mailbox INTEGER NOT NULL, entry TEXT NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY(mailbox, entry)) WITHOUT ROWID;
)sql",
                                   R"sql(
CREATE TABLE device_sha_1(
  device INTEGER PRIMARY KEY, stored_key BLOB NOT NULL, server_key BLOB NOT NULL);
)sql"};

constexpr std::int64_t newest = migrations.size();

/// Makes the file if there is none, so that it and what SQLite puts beside it bear mode 0600
/// whatever the umask.
void create_file(const std::filesystem::path& file) {
  const int opened = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (opened >= 0) {
    ::fchmod(opened, 0600);
    ::close(opened);
    return;
  }
  if (errno != EEXIST) {
    const int error = errno;
    throw StoreFailure(error == ENOSPC  ? FailureKind::disk_full
                       : error == EROFS ? FailureKind::read_only
                                        : FailureKind::io,
                       fmt::format("cannot create {}: {}", file.string(), std::strerror(error)));
  }
  struct stat found{};
  if (::lstat(file.c_str(), &found) != 0 || !S_ISREG(found.st_mode) || found.st_uid != ::geteuid())
    throw ForeignFile(FailureKind::io,
                      fmt::format("{} is not a regular file of this user", file.string()));
  if ((found.st_mode & 0077) != 0) ::chmod(file.c_str(), 0600);
}

}  // namespace

std::int64_t newest_schema() {
  return newest;
}

StoreFailure later_schema(const std::filesystem::path& file, std::int64_t version) {
  return {FailureKind::newer,
          fmt::format("{} was written by a later release (schema {}, this release knows up to {})",
                      file.string(), version, newest)};
}

std::int64_t schema_of(Database& database) {
  const std::string file = database.file().string();
  std::int64_t application = 0;
  std::int64_t version = 0;
  std::int64_t objects = 0;
  try {
    application = database.number("PRAGMA application_id");
    version = database.number("PRAGMA user_version");
    objects = database.number("SELECT count(*) FROM sqlite_schema");
  } catch (const StoreFailure& failure) {
    if (failure.kind() != FailureKind::corrupt) throw;
    throw StoreFailure(FailureKind::corrupt,
                       fmt::format("{} is damaged or not a mail database", file));
  }
  if (application == 0 && version == 0 && objects == 0) return 0;  // as created
  if (application != application_id)
    throw ForeignFile(FailureKind::corrupt,
                      fmt::format("{} is a database, but not of this program", file));
  if (version > newest) throw later_schema(file, version);
  if (version < 1 || objects == 0)
    throw StoreFailure(FailureKind::corrupt, fmt::format("{} has lost its schema", file));
  return version;
}

void renew_schema(Database& database) {
  for (std::int64_t version = schema_of(database); version < newest; ++version) {
    database.run("BEGIN IMMEDIATE");
    database.run(migrations[static_cast<std::size_t>(version)]);
    database.run(fmt::format("PRAGMA application_id = {}", application_id).c_str());
    database.run(fmt::format("PRAGMA user_version = {}", version + 1).c_str());
    database.run("COMMIT");
  }
}

void make_tables(Database& database) {
  for (const char* migration : migrations) database.run(migration);
  database.run(fmt::format("PRAGMA user_version = {}", newest).c_str());
}

std::unique_ptr<Database> open_for_writing(const std::filesystem::path& file, Missing missing) {
  if (missing == Missing::create) create_file(file);
  auto database = std::make_unique<Database>(file);
  sqlite3_busy_timeout(database->handle(), 1000);
  const std::int64_t version = schema_of(*database);
  if (version == 0 && missing == Missing::fail)
    throw StoreFailure(FailureKind::corrupt, fmt::format("{} has lost its content", file.string()));
  if (version == 0) database->run("PRAGMA page_size = 16384");
  database->configure(Database::Access::write);
  if (database->text("PRAGMA journal_mode = WAL") != "wal")
    throw StoreFailure(FailureKind::io,
                       fmt::format("{}: the file system cannot hold a write-ahead log (a network "
                                   "file system?)",
                                   file.string()));
  renew_schema(*database);
  if (version == 0) ListedFieldsTable::begin(*database);
  if (database->number("SELECT count(*) FROM identity") == 0)
    database->run("INSERT INTO identity(account) VALUES (randomblob(16))");
  return database;
}

}  // namespace postern::store
