#include "sync/store/verification.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string_view>
#include <system_error>
#include <utility>

#include <openssl/sha.h>

#include <fmt/format.h>

#include "sync/store/body_table.h"
#include "sync/store/chunk_map.h"
#include "sync/store/database.h"
#include "sync/store/index_integrity.h"
#include "sync/store/listed_fields_table.h"
#include "sync/store/log_scan.h"
#include "sync/store/read_transaction.h"
#include "sync/store/reference_checks.h"
#include "sync/store/schema.h"
#include "sync/store/search_check.h"
#include "sync/store/search_table.h"
#include "sync/store/sort_key_table.h"
#include "sync/wire/mime/listed_fields.h"
#include "sync/wire/mime/scanner.h"
#include "sync/wire/mime/sort_keys.h"

namespace postern::store {

namespace {

using Kind = Finding::Kind;

constexpr std::uint64_t piece_octets = 1024UL * 1024;
/// What one transaction reads: it keeps the log from being used again for so long.
constexpr auto batch_time = std::chrono::milliseconds(200);

class Verification {
 public:
  explicit Verification(const std::filesystem::path& file)
      : database_(file, Database::Purpose::look) {
    database_.configure(Database::Access::read);
  }

  Verified run(const ShowProgress& show) {
    const std::int64_t schema = schema_of(database_);
    if (schema == 0)
      throw ForeignFile(FailureKind::corrupt, database_.file().string() + " holds nothing yet");
    found_.earlier_release = schema < newest_schema();
    if (log_is_damaged(database_.file()))
      add({.kind = Kind::file,
           .what = "the log beside it is damaged: what was written after that place cannot be read",
           .mailbox = {}});
    guarded("the mailboxes", [this] {
      Statement count(database_, "SELECT count(*), total(octets) FROM message");
      auto row = count();
      row.step();
      found_.messages = row.number<std::uint64_t>(0);
      progress_.octets_total = row.number<std::uint64_t>(1);
    });
    sorts_ = has_table("sort_key");
    lists_ = has_table("listed_fields");
    check_pages();
    check_index();
    guarded("the messages", [&] { check_bodies(show); });
    guarded("the references", [this] {
      const ReadTransaction reading(database_);
      check_references(database_, [this](Finding finding) { add(std::move(finding)); });
    });
    return std::move(found_);
  }

 private:
  struct Row {
    BodyId id;
    std::uint64_t octets = 0;
    std::uint64_t head_octets = 0;
    BodyHash hash{};
  };

  void add(Finding finding) {
    if (found_.findings.size() < Verified::findings_limit) {
      found_.findings.push_back(std::move(finding));
    } else {
      ++found_.more;
    }
  }

  /// What cannot be read at all is a finding, and the rest is looked at all the same.
  template <class Work>
  void guarded(std::string_view what, const Work& work) {
    try {
      work();
    } catch (const StoreFailure& failure) {
      if (failure.kind() != FailureKind::corrupt) throw;
      add({.kind = Kind::file,
           .what = fmt::format("{} cannot be read: {}", what, failure.what()),
           .mailbox = {}});
    }
  }

  void check_pages();
  void check_index();
  void check_bodies(const ShowProgress& show);
  bool check_batch(const ShowProgress& show);
  void check_body(const Row& row);
  void check_sort_keys(BodyId body, std::string_view header);
  void check_listed_fields(BodyId body, std::string_view header);
  [[nodiscard]] bool has_table(std::string_view name);
  void check_surplus(std::int64_t before);
  void about_messages(BodyId body, Kind kind, const std::string& what);

  Database database_;
  Verified found_;
  Progress progress_;
  BodyId at_{0};                 ///< the body that was looked at last
  std::int64_t last_chunk_ = 0;  ///< of that one
  std::string header_;           ///< of the body at hand, as far as it is sorted by
  bool sorts_ = false;           ///< the file has a table of sort keys
  bool lists_ = false;           ///< and one of fields for lists
  BodyReader bodies_{database_};
  SearchCheck search_{database_};
  Statement next_{
      database_, "SELECT id, octets, head_octets, hash FROM body WHERE id > ? ORDER BY id LIMIT 1"};
  Statement surplus_{database_, "SELECT id FROM body_chunk WHERE id > ? AND id < ? LIMIT 1"};
  Statement sort_keys_{database_, "SELECT keys FROM sort_key WHERE body = ?"};
  Statement listed_fields_{database_, "SELECT fields FROM listed_fields WHERE body = ?"};
  Statement has_table_{database_, "SELECT 1 FROM sqlite_schema WHERE name = ?"};
  Statement messages_{database_,
                      "SELECT coalesce(name, '#' || mailbox), uid FROM message "
                      "LEFT JOIN mailbox ON mailbox.id = mailbox WHERE body = ?"};
};

/// Table by table, so that no transaction lasts as long as reading the whole file.
void Verification::check_pages() {
  std::vector<std::string> tables;
  guarded("the schema", [&] {
    Statement select(database_, "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage");
    for (auto row = select(); row.step();) tables.emplace_back(row.octets(0));
  });
  for (const std::string& table : tables) {
    guarded(table, [&] {
      const std::string sql = fmt::format("PRAGMA integrity_check(\"{}\")", table);
      Statement check(database_, sql.c_str());
      for (auto row = check(); row.step();) {
        if (row.octets(0) != "ok")
          add({.kind = Kind::file,
               .what = fmt::format("table {}: {}", table, row.octets(0)),
               .mailbox = {}});
      }
    });
  }
}

/// What FTS5 makes of its tables, which are tables like others to SQLite.
void Verification::check_index() {
  // The index of an earlier release is made again.
  if (found_.earlier_release) return;
  guarded("the search index", [this] {
    const ReadTransaction reading(database_);
    for (const SearchIndex& index : SearchReader(database_).indexes()) {
      try {
        check_integrity(database_, index);
      } catch (const StoreFailure& failure) {
        // No room for the copy: everything else can be looked at.
        if (failure.kind() != FailureKind::disk_full) throw;
        add({.kind = Kind::file,
             .what = fmt::format("the search index was not checked: {}", failure.what()),
             .mailbox = {}});
      }
    }
  });
}

void Verification::about_messages(BodyId body, Kind kind, const std::string& what) {
  bool any = false;
  guarded("the messages of a body", [&] {
    for (auto row = messages_(body); row.step(); any = true)
      add({.kind = kind,
           .what = what,
           .mailbox = std::string(row.octets(0)),
           .uid = row.id<Uid>(1)});
  });
  if (!any) {
    add({.kind = kind,
         .what = fmt::format("body {}, which no message shows: {}", body.value, what),
         .mailbox = {}});
  }
}

void Verification::check_surplus(std::int64_t before) {
  auto row = surplus_(last_chunk_, before);
  if (row.step())
    add({.kind = Kind::reference,
         .what = fmt::format("body_chunk {} belongs to no body", row.integer(0)),
         .mailbox = {}});
}

void Verification::check_body(const Row& row) {
  wire::mime::Scanner scanner;
  SHA256_CTX sha;
  SHA256_Init(&sha);
  header_.clear();
  std::string piece;
  for (std::uint64_t offset = 0; offset < row.octets; offset += piece_octets) {
    piece.clear();
    bodies_.read(row.id, offset, piece_octets, piece);
    if (offset == 0) header_.assign(piece, 0, sort_header_octets);
    SHA256_Update(&sha, piece.data(), piece.size());
    scanner.feed(piece);
  }
  BodyHash hash{};
  SHA256_Final(hash.data(), &sha);
  if (hash != row.hash)
    return about_messages(row.id, Kind::octets, "its octets are not those that came");
  const wire::mime::Scanned scanned = scanner.finish();
  const Reader::Ready ready = bodies_.ready(row.id);
  const bool same =
      ready.octets == scanned.octets && ready.header_octets == scanned.header_octets &&
      ready.envelope == scanned.envelope && ready.body == scanned.body &&
      ready.body_structure == scanned.body_structure && ready.parts == scanned.structure.encode();
  bodies_.release();
  if (!same)
    about_messages(row.id, Kind::ready,
                   "what is kept ready about it (envelope, structure) is not what its octets say");
  const std::string_view header = std::string_view(header_).substr(0, scanned.header_octets);
  if (sorts_) check_sort_keys(row.id, header);
  if (lists_) check_listed_fields(row.id, header);
  // The index of an earlier release is made again.
  if (!same || found_.earlier_release) return;
  const auto wrong = search_.wrong(bodies_, row.id);
  bodies_.release();
  if (wrong) about_messages(row.id, Kind::ready, *wrong);
}

/// A body that has none yet is sorted by its header.
void Verification::check_sort_keys(BodyId body, std::string_view header) {
  bool same = true;
  if (auto row = sort_keys_(body); row.step())
    same = row.octets(0) == wire::mime::sort_keys(header).encode();
  if (!same) about_messages(body, Kind::ready, "what it is sorted by is not what its header says");
}

/// Of a body that has none yet, and where there are too many, the header is read.
void Verification::check_listed_fields(BodyId body, std::string_view header) {
  bool same = true;
  if (auto row = listed_fields_(body); row.step())
    same = row.octets(0).empty() ||
           row.octets(0) == wire::mime::listed::fields(header.substr(0, listed_header_octets));
  if (!same)
    about_messages(body, Kind::ready, "what is shown of it in lists is not what its header says");
}

bool Verification::has_table(std::string_view name) {
  return has_table_(name).step();
}

/// False at the end.
bool Verification::check_batch(const ShowProgress& show) {
  const ReadTransaction reading(database_);
  search_.release();  // what it knows is of the transaction before
  const auto begun = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begun < batch_time) {
    Row body;
    {
      auto row = next_(at_);
      if (!row.step()) {
        check_surplus(std::numeric_limits<std::int64_t>::max());
        return false;
      }
      body = {.id = row.id<BodyId>(0),
              .octets = row.number<std::uint64_t>(1),
              .head_octets = row.number<std::uint64_t>(2)};
      if (const auto hash = as_blob(row.octets(3)); hash.size() == body.hash.size())
        std::ranges::copy(hash, body.hash.begin());
    }
    at_ = body.id;
    check_surplus(body.id.value << chunk_bits);
    try {
      check_body(body);
    } catch (const StoreFailure& failure) {
      if (failure.kind() != FailureKind::corrupt) throw;
      bodies_.release();
      about_messages(body.id, Kind::octets, fmt::format("it cannot be read: {}", failure.what()));
    }
    const ChunkMap map(body.octets, body.head_octets);
    last_chunk_ = (body.id.value << chunk_bits) + static_cast<std::int64_t>(map.count()) - 1;
    ++found_.bodies;
    found_.octets += body.octets;
    progress_.octets_done += body.octets;
    show(progress_);
  }
  return true;
}

void Verification::check_bodies(const ShowProgress& show) {
  while (check_batch(show)) {
  }
}

}  // namespace

std::expected<Verified, Problem> verify(const std::filesystem::path& file,
                                        const ShowProgress& show) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    return std::unexpected(
        Problem{error && error != std::errc::no_such_file_or_directory
                    ? fmt::format("cannot read {}: {}", file.string(), error.message())
                    : fmt::format("there is no file {}", file.string()),
                "name the file of an account, or a backup"});
  try {
    return Verification(file).run(show);
  } catch (const ForeignFile& failure) {
    return std::unexpected(Problem{failure.what(), "name the file of an account, or a backup"});
  } catch (const StoreFailure& failure) {
    if (failure.kind() != FailureKind::corrupt) return std::unexpected(problem_of(failure));
    Verified found;
    found.findings.push_back({.kind = Kind::file, .what = failure.what(), .mailbox = {}});
    return found;
  }
}

}  // namespace postern::store
