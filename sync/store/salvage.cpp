#include "sync/store/salvage.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "sync/base/clock.h"
#include "sync/store/body_table.h"
#include "sync/store/chunk_codec.h"
#include "sync/store/chunk_map.h"
#include "sync/store/damaged_file.h"
#include "sync/store/database.h"
#include "sync/store/generation.h"
#include "sync/store/kept_aside.h"
#include "sync/store/private_files.h"
#include "sync/store/salvage_rows.h"
#include "sync/store/schema.h"

namespace postern::store {

namespace {

namespace fs = std::filesystem;
using Row = SalvageRows::Row;
using Spot = SalvageRows::Spot;

std::string text_in(const Row& row, std::size_t column) {
  const auto* text = std::get_if<std::string>(&row[column]);
  return text == nullptr ? std::string() : *text;
}

std::string blob_in(const Row& row, std::size_t column) {
  const auto* blob = std::get_if<SalvageRows::Blob>(&row[column]);
  return blob == nullptr ? std::string() : blob->octets;
}

/// A row with columns of any kind.
void insert_values(Database& database, const std::string& sql, const Row& row) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(database.handle(), sql.c_str(), -1, &statement, nullptr);
  if (code != SQLITE_OK) database.fail(code, sql);
  for (std::size_t i = 0; i < row.size(); ++i) {
    const int at = static_cast<int>(i) + 1;
    if (const auto* number = std::get_if<std::int64_t>(&row[i])) {
      sqlite3_bind_int64(statement, at, *number);
    } else if (const auto* text = std::get_if<std::string>(&row[i])) {
      sqlite3_bind_text64(statement, at, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    } else if (const auto* blob = std::get_if<SalvageRows::Blob>(&row[i])) {
      sqlite3_bind_blob64(statement, at, blob->octets.data(), blob->octets.size(), SQLITE_STATIC);
    }
  }
  code = sqlite3_step(statement);
  sqlite3_finalize(statement);
  // A row that makes no sense for its table is one that was damaged.
  if (code != SQLITE_DONE && (code & 0xff) != SQLITE_CONSTRAINT) database.fail(code, sql);
}

class Rebuilding {
 public:
  Rebuilding(DamagedFile& from, SalvageRows rows, const fs::path& to, fs::path spool)
      : from_(from), rows_(std::move(rows)), database_(to), spool_(std::move(spool)) {
    // A file that takes nobody's place before it is complete needs no journal.
    database_.run("PRAGMA page_size = 16384");
    database_.run("PRAGMA journal_mode = OFF");
    database_.run("PRAGMA synchronous = OFF");
    database_.run("BEGIN");
    make_tables(database_);
    database_.run("DELETE FROM account");
    database_.run("DELETE FROM mailbox");
    database_.run("DELETE FROM subscription");
    for (const auto& [id, mailbox] : rows_.mailboxes) mailboxes_[id] = mailbox;
  }

  Salvaged run(const ShowProgress& show) {
    for (const auto& [spot, row] : rows_.messages) wanted_[spot] = number_in(row, 2);
    for (const auto& [spot, body] : rows_.named) wanted_.try_emplace(spot, body);
    for (const auto& [spot, row] : rows_.messages) {
      announced_[number_in(row, 2)] = static_cast<std::uint64_t>(number_in(row, 3));
      if (const auto origin = rows_.origins.find(number_in(row, 9)); origin != rows_.origins.end())
        hashes_[number_in(row, 2)].push_back(blob_in(origin->second, 4));
    }
    progress_.octets_total = 0;
    for (const auto& [body, octets] : announced_) progress_.octets_total += octets;
    for (const auto& [spot, body] : wanted_) {
      take_message(spot, body);
      show(progress_);
    }
    take_unnamed();
    put_mailboxes();
    put_origins();
    put_others();
    put_account();
    agree();
    distrust_sources(database_);
    database_.run(fmt::format("PRAGMA application_id = {}", application_id).c_str());
    database_.run("COMMIT");
    return std::move(saved_);
  }

 private:
  std::optional<BodyId> rebuilt(std::int64_t body);
  std::optional<NewBody> octets_of(std::int64_t body);
  [[nodiscard]] bool right(std::int64_t body, const BodyDigest& digest) const;
  bool feed(IncomingBody& into, std::int64_t chunk, std::optional<std::uint64_t> octets);
  void take_message(const Spot& spot, std::int64_t body);
  void take_unnamed();
  Row& mailbox(std::int64_t id);
  void put_message(const Spot& spot, BodyId body, const Row* row);
  void put_mailboxes();
  void put_origins();
  void put_others();
  void put_account();
  void name_keywords();
  void agree();
  void put(const std::string& table, const Row& row);

  DamagedFile& from_;
  SalvageRows rows_;
  Database database_;
  const fs::path spool_;
  BodyTable bodies_{database_};
  std::map<Spot, std::int64_t> wanted_;  ///< -> body
  std::map<std::int64_t, std::uint64_t> announced_;
  std::map<std::int64_t, std::vector<std::string>> hashes_;  ///< of bodies, by their origins
  std::map<std::int64_t, std::optional<BodyId>> done_;
  std::map<std::int64_t, Row> mailboxes_;
  std::set<std::int64_t> renewed_;       ///< mailboxes that need a UIDVALIDITY
  std::set<std::int64_t> held_origins_;  ///< that a saved message bears
  std::vector<Row> expunged_;            ///< runs of what is lost
  Progress progress_;
  Salvaged saved_;
};

/// The octets of a chunk, all of them if it is known how many those are.
bool Rebuilding::feed(IncomingBody& into, std::int64_t chunk, std::optional<std::uint64_t> octets) {
  const auto place = rows_.chunks.find(chunk);
  if (place == rows_.chunks.end()) return false;
  bool whole = false;
  from_.row(place->second, [&](const DamagedFile::Row& row) {
    if (row.values.size() != 2 || row.rowid != chunk) return;
    const std::string_view stored = row.values[1].octets;
    const auto size = octets ? octets : expanded_octets(stored);
    if (!size || *size > chunk_octets) return;
    std::string out;
    try {
      expand_chunk(stored, *size, out);
    } catch (const StoreFailure& failure) {
      if (failure.kind() != FailureKind::corrupt) throw;
      return;
    }
    into.feed(out);
    whole = true;
  });
  return whole;
}

/// What is known of a body's hash decides. Where that is lost, its size does.
bool Rebuilding::right(std::int64_t body, const BodyDigest& digest) const {
  const std::string_view hash(reinterpret_cast<const char*>(digest.hash.data()),
                              digest.hash.size());
  const auto row = rows_.bodies.find(body);
  if (row != rows_.bodies.end() && row->second.hash == hash) return true;
  if (const auto known = hashes_.find(body);
      known != hashes_.end() && std::ranges::find(known->second, hash) != known->second.end())
    return true;
  if (const auto key = rows_.hash_keys.find(body); key != rows_.hash_keys.end())
    return std::memcmp(&key->second, digest.hash.data(), sizeof key->second) == 0;
  const auto octets = announced_.find(body);
  return row == rows_.bodies.end() && octets != announced_.end() && octets->second == digest.octets;
}

std::optional<NewBody> Rebuilding::octets_of(std::int64_t body) {
  const std::int64_t first = body << chunk_bits;
  IncomingBody incoming(spool_);
  if (const auto row = rows_.bodies.find(body); row != rows_.bodies.end()) {
    const ChunkMap map(row->second.octets, row->second.head_octets);
    const bool possible =
        row->second.head_octets <= row->second.octets && map.count() <= rows_.chunks.size();
    bool whole = possible;
    for (std::uint64_t i = 0; whole && i < map.count(); ++i) {
      const ChunkMap::Chunk range = map.range(i);
      whole = feed(incoming, first + static_cast<std::int64_t>(i), range.end - range.begin);
    }
    if (whole) {
      NewBody found = incoming.finish();
      if (right(body, found.digest())) return found;
    }
    incoming = IncomingBody(spool_);
  }
  // The body's own row is lost, or wrong: the chunks say how large they are, nearly always.
  const auto announced = announced_.find(body);
  const auto end = rows_.chunks.lower_bound((body + 1) << chunk_bits);
  auto at = rows_.chunks.lower_bound(first);
  if (at == end) return std::nullopt;
  for (std::int64_t i = first; at != end; ++at, ++i) {
    if (at->first != i) return std::nullopt;
    std::optional<std::uint64_t> octets;
    const bool last = std::next(at) == end;
    if (last && announced != announced_.end() && announced->second > incoming.octets())
      octets = announced->second - incoming.octets();
    if (!feed(incoming, i, octets) && !feed(incoming, i, last ? octets : chunk_octets))
      return std::nullopt;
  }
  NewBody found = incoming.finish();
  if (!right(body, found.digest())) return std::nullopt;
  return found;
}

std::optional<BodyId> Rebuilding::rebuilt(std::int64_t body) {
  const auto [known, fresh] = done_.try_emplace(body);
  if (!fresh) return known->second;
  if (const auto found = octets_of(body)) known->second = bodies_.put(*found);
  if (const auto octets = announced_.find(body); octets != announced_.end())
    progress_.octets_done += octets->second;
  return known->second;
}

Row& Rebuilding::mailbox(std::int64_t id) {
  const auto found = mailboxes_.find(id);
  if (found != mailboxes_.end()) return found->second;
  const auto name = rows_.mailbox_names.find(id);
  renewed_.insert(id);
  return mailboxes_[id] = {
             id,
             name != rows_.mailbox_names.end() ? name->second : fmt::format("Recovered-{}", id),
             std::int64_t{0},
             std::int64_t{0},
             std::int64_t{1},
             std::int64_t{1},
             std::int64_t{1}};
}

void Rebuilding::take_message(const Spot& spot, std::int64_t body) {
  Row& box = mailbox(spot.first);
  // UIDNEXT and the highest MODSEQ never fall behind what is there.
  box[4] = std::max(number_in(box, 4), spot.second + 1);
  const auto row = rows_.messages.find(spot);
  // Where the mailbox's own row is lost, its messages tell.
  if (row != rows_.messages.end() && renewed_.contains(spot.first))
    box[5] = std::max(number_in(box, 5), number_in(row->second, 6));
  if (const auto there = rebuilt(body))
    return put_message(spot, *there, row != rows_.messages.end() ? &row->second : nullptr);
  box[5] = number_in(box, 5) + 1;
  expunged_.push_back({spot.first, box[5], spot.second, spot.second});
  const bool of_source = row != rows_.messages.end() && number_in(row->second, 9) != 0;
  saved_.lost.push_back({.mailbox = text_in(box, 1),
                         .uid = Uid(static_cast<std::uint32_t>(spot.second)),
                         .of_source = of_source});
}

void Rebuilding::put_message(const Spot& spot, BodyId body, const Row* row) {
  const std::int64_t now = wall_now().time_since_epoch().count();
  Row out = row != nullptr ? *row
                           : Row{spot.first,
                                 spot.second,
                                 std::int64_t{0},
                                 std::int64_t{0},
                                 std::int64_t{0},
                                 std::int64_t{0},
                                 std::int64_t{1},
                                 now,
                                 std::int64_t{0},
                                 std::monostate{},
                                 now};
  out[2] = body.value;
  Statement octets(database_, "SELECT octets FROM body WHERE id = ?");
  {
    auto found = octets(body);
    found.step();
    out[3] = found.integer(0);
  }
  if (row != nullptr && number_in(*row, 9) != 0) held_origins_.insert(number_in(*row, 9));
  put("message", out);
  ++(row != nullptr ? saved_.messages : saved_.bare);
}

/// Octets that no message shows any more, unless that is how it was.
void Rebuilding::take_unnamed() {
  if (rows_.messages_whole) return;
  std::set<std::int64_t> unnamed;
  for (const auto& [chunk, place] : rows_.chunks) unnamed.insert(chunk >> chunk_bits);
  for (const auto& [spot, body] : wanted_) unnamed.erase(body);
  std::int64_t id = 0;
  std::int64_t uid = 0;
  for (const std::int64_t body : unnamed) {
    if (rows_.reclaimed.contains(body) || !rows_.bodies.contains(body)) continue;
    const auto there = rebuilt(body);
    if (!there) continue;
    if (id == 0) {
      id = mailboxes_.empty() ? 1 : mailboxes_.rbegin()->first + 1;
      mailbox(id)[1] = std::string("Recovered");
    }
    put_message({id, ++uid}, *there, nullptr);
    --saved_.bare;
    ++saved_.recovered;
    mailboxes_[id][4] = uid + 1;
  }
}

void Rebuilding::put_mailboxes() {
  std::set<std::string> names;
  for (auto& [id, row] : mailboxes_) {
    std::string name = text_in(row, 1);
    while (!names.insert(name).second) name += "-" + std::to_string(id);
    row[1] = name;
  }
  if (!names.contains("INBOX")) {
    const std::int64_t id = mailboxes_.empty() ? 1 : mailboxes_.rbegin()->first + 1;
    mailbox(id)[1] = std::string("INBOX");
  }
  const auto& accounts = rows_.others["account"];
  std::int64_t validity = wall_now().time_since_epoch().count();
  if (!accounts.empty()) validity = std::max(validity, number_in(accounts.front(), 0));
  for (const auto& [id, row] : mailboxes_) validity = std::max(validity, number_in(row, 2));
  for (auto& [id, row] : mailboxes_) {
    if (renewed_.contains(id)) row[2] = ++validity;
    put("mailbox", row);
  }
}

/// Those of which nothing is here and nothing says that it has to be so are forgotten.
void Rebuilding::put_origins() {
  for (const auto& [id, row] : rows_.origins) {
    const bool expunged = number_in(row, 7) != 0;
    if (expunged || held_origins_.contains(id)) put("origin", row);
  }
  // What was saved after all is no longer expunged; what was lost is held by nobody.
  database_.run(
      "UPDATE origin SET expunged = 0 WHERE expunged AND EXISTS "
      "(SELECT 1 FROM message WHERE message.origin = origin.id)");
}

void Rebuilding::put_others() {
  for (const Row& row : expunged_) put("expunged", row);
  for (const auto& [table, rows] : rows_.others) {
    if (table == "account") continue;
    // They come with the bodies.
    if (table == "sort_key" || table == "sort_key_lacking") continue;
    if (std::ranges::find(tables_made_again, table) != tables_made_again.end()) continue;
    for (const Row& row : rows) put(table, row);
  }
  // Names that are subscribed are lost with their table only; then all mailboxes are.
  if (rows_.others["subscription"].empty())
    database_.run("INSERT OR IGNORE INTO subscription SELECT name FROM mailbox");
  // No id is given again.
  database_.run(
      "INSERT INTO sqlite_sequence SELECT name, 0 FROM (SELECT 'origin' AS name UNION ALL "
      "SELECT 'mailbox') WHERE name NOT IN (SELECT name FROM sqlite_sequence)");
  database_.run(
      "UPDATE sqlite_sequence SET seq = max(seq, (SELECT coalesce(max(origin), 0) FROM message)) "
      "WHERE name = 'origin'");
}

void Rebuilding::put_account() {
  const auto& rows = rows_.others["account"];
  Row row = rows.empty() ? Row{std::int64_t{1}, std::int64_t{0}, std::int64_t{0}, std::int64_t{0}}
                         : rows.front();
  put("account", row);
  database_.run(
      "UPDATE account SET uid_validity = max(uid_validity, (SELECT max(uid_validity) FROM "
      "mailbox))");
}

/// Keywords are known by their numbers: one that is lost leaves no gap.
void Rebuilding::name_keywords() {
  std::map<std::int64_t, std::int64_t> most;
  for (const Row& row : rows_.others["keyword"]) {
    const std::int64_t bit = number_in(row, 1);
    if (bit >= 0 && bit < 64) most[number_in(row, 0)] = std::max(most[number_in(row, 0)], bit);
  }
  for (const auto& [mailbox, last] : most) {
    for (std::int64_t bit = 0; bit <= last; ++bit)
      put("keyword", {mailbox, bit, fmt::format("$Lost{}", bit)});
  }
}

/// What was hit by damage without looking so, and what is left of what is lost.
void Rebuilding::agree() {
  name_keywords();
  for (const char* sql : {
           "DELETE FROM keyword WHERE bit NOT BETWEEN 0 AND 63 OR mailbox NOT IN "
           "(SELECT id FROM mailbox)",
           "DELETE FROM expunged WHERE first > last OR mailbox NOT IN (SELECT id FROM mailbox) OR "
           "last >= (SELECT uid_next FROM mailbox WHERE id = mailbox) OR "
           "mod_seq > (SELECT mod_seq FROM mailbox WHERE id = mailbox) OR EXISTS (SELECT 1 FROM "
           "message AS m WHERE m.mailbox = expunged.mailbox AND m.uid BETWEEN first AND last)",
           "DELETE FROM origin WHERE source NOT IN (SELECT id FROM source)",
           // What is lost here may be in the archive still, and is to come again from there.
           "DELETE FROM imported",
           "DELETE FROM fetch_failure WHERE source NOT IN (SELECT id FROM source)",
           "UPDATE message SET origin = NULL WHERE origin NOT IN (SELECT id FROM origin)",
           "UPDATE message SET flags = flags & 31 WHERE flags & ~31 <> 0",
           "UPDATE message SET mod_seq = 1 WHERE mod_seq < 1 OR mod_seq > "
           "(SELECT mod_seq FROM mailbox WHERE id = mailbox)",
           "UPDATE message SET keywords = keywords & (SELECT coalesce(sum(1 << bit), 0) FROM "
           "keyword WHERE keyword.mailbox = message.mailbox) WHERE keywords <> 0",
       })
    database_.run(sql);
}

void Rebuilding::put(const std::string& table, const Row& row) {
  std::string sql = "INSERT OR IGNORE INTO \"" + table + "\" VALUES (";
  for (std::size_t i = 0; i < row.size(); ++i) sql += i == 0 ? "?" : ", ?";
  sql += ")";
  if (table == "sqlite_sequence")
    sql =
        "INSERT INTO sqlite_sequence(name, seq) SELECT ?1, ?2 WHERE ?1 NOT IN ('body') AND NOT "
        "EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1 AND seq >= ?2)";
  insert_values(database_, sql, row);
}

}  // namespace

std::expected<Salvaged, Problem> salvage(const fs::path& folder, const ShowProgress& show) {
  try {
    const FileLock lock(folder / "lock");
    const fs::path file = folder / "mail.db";
    make_private_folder(folder / "spool");
    DamagedFile damaged(file);
    SalvageRows rows = SalvageRows::read(damaged);
    if (rows.chunks.empty() && rows.messages.empty() && rows.mailboxes.empty())
      return std::unexpected(Problem{fmt::format("nothing can be read of {}", file.string()),
                                     "put a backup in its place: postern restore --replace"});
    const NewFile fresh(folder / "mail.db.new");
    Salvaged saved = Rebuilding(damaged, std::move(rows), fresh.path(), folder / "spool").run(show);
    saved.aside = fresh.replace(file, "damaged");
    return saved;
  } catch (const StoreFailure& failure) {
    return std::unexpected(problem_of(failure));
  }
}

}  // namespace postern::store
