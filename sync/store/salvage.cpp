#include "sync/store/salvage.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "sync/base/clock.h"
#include "sync/base/log.h"
#include "sync/store/body_table.h"
#include "sync/store/damaged_file.h"
#include "sync/store/database.h"
#include "sync/store/generation.h"
#include "sync/store/kept_aside.h"
#include "sync/store/mailbox_name.h"
#include "sync/store/private_files.h"
#include "sync/store/salvage_bodies.h"
#include "sync/store/salvage_mailboxes.h"
#include "sync/store/salvage_messages.h"
#include "sync/store/salvage_origins.h"
#include "sync/store/salvage_rows.h"
#include "sync/store/schema.h"

namespace postern::store {

namespace {

namespace fs = std::filesystem;
using Row = SalvageRows::Row;
using Spot = SalvageRows::Spot;

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

/// UIDs of a mailbox of which nothing is there.
struct Gaps {
  std::uint64_t count = 0;
  std::string uids;

  /// False for what a number that was hit seems to leave out: that was never given.
  bool add(std::int64_t first, std::int64_t last) {
    constexpr std::int64_t far = 1'000'000;
    constexpr std::size_t longest = 200;
    if (last - first >= far) return false;
    count += static_cast<std::uint64_t>(last - first + 1);
    if (uids.ends_with("...")) return true;
    if (!uids.empty()) uids += ',';
    if (uids.size() > longest) {
      uids += "...";
    } else {
      uids += first == last ? std::to_string(first) : fmt::format("{}:{}", first, last);
    }
    return true;
  }
};

class Rebuilding {
 public:
  Rebuilding(DamagedFile& from, const SalvageRows& rows, const fs::path& to, const fs::path& spool)
      : rows_(rows),
        messages_(SalvagedMessages::decide(rows)),
        octets_(from, rows, messages_, spool),
        mailboxes_(rows),
        origins_(rows, now_),
        gone_(rows),
        database_(to) {
    // A file that takes nobody's place before it is complete needs no journal.
    database_.run("PRAGMA page_size = 16384");
    database_.run("PRAGMA journal_mode = OFF");
    database_.run("PRAGMA synchronous = OFF");
    database_.run("BEGIN");
    make_tables(database_);
    database_.run("DELETE FROM account");
    database_.run("DELETE FROM mailbox");
    database_.run("DELETE FROM subscription");
  }

  Salvaged run(const ShowProgress& show) {
    progress_.octets_total = octets_.announced();
    saved_.doubtful = messages_.doubtful;
    for (const auto& [spot, message] : messages_.all) {
      take_message(spot, message);
      show(progress_);
    }
    take_unnamed();
    count_gaps();
    put_mailboxes();
    put_origins();
    put_others();
    put_account();
    agree();
    agree_about_queue();
    distrust_sources(database_);
    database_.run(fmt::format("PRAGMA application_id = {}", application_id).c_str());
    database_.run("COMMIT");
    return std::move(saved_);
  }

 private:
  std::optional<BodyId> rebuilt(std::int64_t body);
  void take_message(const Spot& spot, const SalvagedMessages::Message& message);
  void take_unnamed();
  void lose(const Spot& spot, std::int64_t origin);
  void count_gaps();
  void put_message(const Spot& spot, BodyId body, const std::optional<Row>& row);
  [[nodiscard]] SalvagedOrigins::Recorded origin_of(const Spot& spot,
                                                    const std::optional<Row>& row) const;
  void put_mailboxes();
  void put_origins();
  void put_others();
  void put_account();
  void name_keywords();
  void agree();
  void agree_about_queue();
  void put(const std::string& table, const Row& row);

  const std::int64_t now_ = wall_now().time_since_epoch().count();
  const SalvageRows& rows_;
  const SalvagedMessages messages_;
  SalvagedBodies octets_;
  SalvagedMailboxes mailboxes_;
  SalvagedOrigins origins_;
  const ExpungedRuns gone_;
  Database database_;
  BodyTable bodies_{database_};
  Statement body_{database_, "SELECT octets, hash FROM body WHERE id = ?"};
  std::map<std::int64_t, std::optional<BodyId>> done_;
  std::map<std::int64_t, std::set<std::int64_t>> accounted_;  ///< UIDs of each mailbox
  std::vector<Row> expunged_;                                 ///< runs of what is lost
  Progress progress_;
  Salvaged saved_;
};

std::optional<BodyId> Rebuilding::rebuilt(std::int64_t body) {
  const auto [known, fresh] = done_.try_emplace(body);
  if (!fresh) return known->second;
  if (const auto found = octets_.octets_of(body)) known->second = bodies_.put(*found);
  progress_.octets_done += octets_.announced(body);
  return known->second;
}

SalvagedOrigins::Recorded Rebuilding::origin_of(const Spot& spot,
                                                const std::optional<Row>& row) const {
  if (row) return {.known = true, .origin = number_in(*row, 9)};
  const auto by_index = rows_.origin_of.find(spot);
  if (by_index != rows_.origin_of.end()) return {.known = true, .origin = by_index->second};
  return {.known = rows_.whole("message_by_origin") && !rows_.origin_of.empty(), .origin = 0};
}

void Rebuilding::take_message(const Spot& spot, const SalvagedMessages::Message& message) {
  mailboxes_.seen(spot, message.row ? number_in(*message.row, 6) : 1);
  accounted_[spot.first].insert(spot.second);
  if (const auto there = rebuilt(message.body)) return put_message(spot, *there, message.row);
  lose(spot, origin_of(spot, message.row).origin);
}

void Rebuilding::lose(const Spot& spot, std::int64_t origin) {
  expunged_.push_back({spot.first, mailboxes_.next_mod_seq(spot.first), spot.second, spot.second});
  if (origin != 0) origins_.lost(origin);
  saved_.lost.push_back({.mailbox = mailboxes_.name(spot.first),
                         .uid = Uid(static_cast<std::uint32_t>(spot.second)),
                         .of_source = origin != 0});
}

void Rebuilding::put_message(const Spot& spot, BodyId body, const std::optional<Row>& row) {
  const std::int64_t none = 0;
  Row out = row.value_or(Row{spot.first, spot.second, none, none, none, none, std::int64_t{1}, now_,
                             none, std::monostate{}, now_});
  const SalvagedOrigins::Recorded origin = origin_of(spot, row);
  if (origin.origin != 0) out[9] = origin.origin;
  out[2] = body.value;
  {
    auto found = body_(body);
    found.step();
    out[3] = found.integer(0);
    origins_.saw(spot, std::string(found.octets(1)), found.integer(0), origin);
  }
  put("message", out);
  ++(row ? saved_.messages : saved_.bare);
}

/// Octets that no message shows any more, unless that is how it was.
void Rebuilding::take_unnamed() {
  std::set<std::int64_t> unnamed;
  for (const auto& [chunk, place] : rows_.chunks) unnamed.insert(chunk >> chunk_bits);
  for (const auto& [spot, message] : messages_.all) unnamed.erase(message.body);
  std::int64_t id = 0;
  std::int64_t uid = 0;
  for (const std::int64_t body : unnamed) {
    if (rows_.reclaimed.contains(body) || !rows_.bodies.contains(body)) continue;
    const auto there = rebuilt(body);
    if (!there) continue;
    if (id == 0) id = mailboxes_.add("Recovered");
    mailboxes_.seen({id, ++uid}, 1);
    put_message({id, uid}, *there, std::nullopt);
    --saved_.bare;
    ++saved_.recovered;
  }
}

/// UIDs that were given, of which nothing is there, and nothing says that they were expunged.
void Rebuilding::count_gaps() {
  const bool complete = rows_.whole("message") && rows_.whole("message_by_body");
  // Then it is the record of what was expunged that is not.
  const bool were_expunged = complete && !rows_.whole("expunged");
  std::uint64_t gaps = 0;
  for (const auto& [id, row] : rows_.mailboxes) {
    if (mailboxes_.is_renewed(id)) continue;
    Gaps found;
    gone_.for_each_gap(id, number_in(row, 4), accounted_[id],
                       [&](std::int64_t first, std::int64_t last) {
                         if (!found.add(first, last)) return;
                         expunged_.push_back({id, mailboxes_.next_mod_seq(id), first, last});
                       });
    if (found.count == 0 || were_expunged || (complete && gone_.may_be_cut(id))) continue;
    gaps += found.count;
    saved_.notes.push_back(fmt::format("mailbox {}: nothing tells what {} messages were: UID {}",
                                       log::quoted(mailboxes_.name(id)), found.count, found.uids));
  }
  if (gaps != 0 && !rows_.whole("expunged"))
    saved_.notes.emplace_back("some of these may have been expunged: that record is lost, too");
  // Octets that are there may be those of one of them.
  saved_.unknown = gaps - std::min(gaps, saved_.recovered);
  // Where neither table nor index tells all messages, nor their mailboxes, nobody can count.
  saved_.uncounted = !rows_.whole("message") && !rows_.whole("message_by_body") &&
                     (!rows_.whole("mailbox") || rows_.mailboxes.empty());
  if (saved_.uncounted) saved_.notes.emplace_back("more messages may be lost than can be counted");
}

void Rebuilding::put_mailboxes() {
  mailboxes_.finish(now_);
  for (const auto& [id, row] : mailboxes_.all) put("mailbox", row);
  saved_.notes.insert(saved_.notes.end(), mailboxes_.notes.begin(), mailboxes_.notes.end());
}

void Rebuilding::put_origins() {
  const bool complete = rows_.whole("message") || rows_.whole("message_by_body");
  origins_.decide(complete && saved_.unknown == 0 ? SalvagedOrigins::Messages::complete
                                                  : SalvagedOrigins::Messages::incomplete);
  for (const auto& [id, row] : origins_.sources) put("source", row);
  for (const auto& [id, row] : origins_.origins) put("origin", row);
  Statement link(database_,
                 "UPDATE message SET origin = nullif(?, 0) WHERE mailbox = ? AND uid = ?");
  for (const auto& [spot, origin] : origins_.links) link(origin, spot.first, spot.second).finish();
  if (origins_.by_index != 0)
    saved_.notes.push_back(fmt::format(
        "of {} messages of a provider only the ids were left; they are not fetched again",
        origins_.by_index));
  if (origins_.relinked != 0)
    saved_.notes.push_back(fmt::format(
        "{} messages were found by their hashes to be some of a provider's", origins_.relinked));
  if (origins_.waiting != 0)
    saved_.notes.push_back(
        fmt::format("where {} messages came from is lost; if a provider has them, its next poll "
                    "fetches them once more to recognise them",
                    origins_.waiting));
}

void Rebuilding::put_others() {
  for (const Row& row : expunged_) put("expunged", row);
  for (const auto& [table, rows] : rows_.others) {
    if (table == "account") continue;
    // They come with the bodies.
    if (table == "sort_key" || table == "sort_key_lacking") continue;
    if (std::ranges::find(tables_made_again, table) != tables_made_again.end()) continue;
    for (const Row& row : rows) {
      if (table != "subscription" || possible_name(octets_in(row, 0))) put(table, row);
    }
  }
  // Names that are subscribed are lost with their table only; then all mailboxes are.
  const auto subscribed = rows_.others.find("subscription");
  if (subscribed == rows_.others.end() || subscribed->second.empty())
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
  const auto rows = rows_.others.find("account");
  const std::int64_t none = 0;
  Row row = rows == rows_.others.end() || rows->second.empty() ? Row{none, none, none, none}
                                                               : rows->second.front();
  row[0] = mailboxes_.highest_validity();
  put("account", row);
  database_.run(
      "UPDATE account SET uid_validity = max(uid_validity, (SELECT max(uid_validity) FROM "
      "mailbox))");
}

/// Keywords are known by their numbers: one that is lost leaves no gap.
void Rebuilding::name_keywords() {
  std::map<std::int64_t, std::int64_t> most;
  const auto keywords = rows_.others.find("keyword");
  if (keywords == rows_.others.end()) return;
  for (const Row& row : keywords->second) {
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
           "DELETE FROM annotation WHERE mailbox <> 0 AND mailbox NOT IN (SELECT id FROM mailbox)",
           // What is lost here may be in the archive still, and is to come again from there.
           "DELETE FROM imported",
           "DELETE FROM fetch_failure WHERE source NOT IN (SELECT id FROM source)",
           "DELETE FROM device_certificate WHERE device NOT IN (SELECT id FROM device)",
           "DELETE FROM device_sha_1 WHERE device NOT IN (SELECT id FROM device)",
           // With nothing left to log in by.
           "DELETE FROM device WHERE length(stored_key) = 0 AND id NOT IN (SELECT device FROM "
           "device_certificate)",
           "UPDATE message SET origin = NULL WHERE origin NOT IN (SELECT id FROM origin)",
           "UPDATE message SET flags = flags & 31 WHERE flags & ~31 <> 0",
           "UPDATE message SET mod_seq = 1 WHERE mod_seq < 1 OR mod_seq > "
           "(SELECT mod_seq FROM mailbox WHERE id = mailbox)",
           "UPDATE message SET keywords = keywords & (SELECT coalesce(sum(1 << bit), 0) FROM "
           "keyword WHERE keyword.mailbox = message.mailbox) WHERE keywords <> 0",
       })
    database_.run(sql);
}

/// What waits to be sent is sent to those who are still known.
void Rebuilding::agree_about_queue() {
  database_.run("DELETE FROM submission WHERE uid = 0");
  const std::int64_t queued = database_.number("SELECT count(*) FROM submission");
  database_.run(
      "DELETE FROM submission WHERE id NOT IN (SELECT submission FROM submission_recipient) OR "
      "NOT EXISTS (SELECT 1 FROM message AS m WHERE m.mailbox = submission.mailbox AND "
      "m.uid = submission.uid)");
  const std::int64_t left = database_.number("SELECT count(*) FROM submission");
  const std::int64_t fewer = database_.number(
      "SELECT count(*) FROM submission AS s WHERE recipients > "
      "(SELECT count(*) FROM submission_recipient WHERE submission = s.id)");
  for (const char* sql : {
           "DELETE FROM submission_recipient WHERE submission NOT IN (SELECT id FROM submission)",
           "UPDATE submission_recipient SET state = 0 WHERE state NOT IN (0, 1, 2)",
           "UPDATE submission_recipient SET number = (SELECT count(*) FROM submission_recipient AS "
           "o WHERE o.submission = submission_recipient.submission AND "
           "o.number < submission_recipient.number)",
           "UPDATE submission SET body = 0, at_dot = 0, recipients = (SELECT count(*) FROM "
           "submission_recipient WHERE submission = submission.id)",
           "DELETE FROM sent_copy WHERE NOT EXISTS (SELECT 1 FROM message AS m WHERE "
           "m.mailbox = sent_copy.mailbox AND m.uid = sent_copy.uid)",
       })
    database_.run(sql);
  if (queued != left)
    saved_.notes.push_back(fmt::format(
        "{} messages waited to be sent and do so no more: send them again", queued - left));
  if (fewer != 0)
    saved_.notes.push_back(
        fmt::format("of {} messages that wait to be sent recipients are lost", fewer));
  if (!rows_.whole("submission") || !rows_.whole("submission_recipient"))
    saved_.notes.emplace_back(
        "which messages wait to be sent may not be known any more: look into Outbox");
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
    // One that is not this large was hit itself.
    constexpr std::int64_t most_releases = 1000;
    const std::int64_t version = damaged.schema_version();
    if (version > newest_schema() && version < newest_schema() + most_releases)
      return std::unexpected(problem_of(later_schema(file, version)));
    const SalvageRows rows = SalvageRows::read(damaged);
    if (rows.chunks.empty() && rows.messages.empty() && rows.mailboxes.empty())
      return std::unexpected(Problem{fmt::format("nothing can be read of {}", file.string()),
                                     "put a backup in its place: postern restore --replace"});
    const NewFile fresh(folder / "mail.db.new");
    Salvaged saved = Rebuilding(damaged, rows, fresh.path(), folder / "spool").run(show);
    saved.aside = fresh.replace(file, "damaged");
    return saved;
  } catch (const StoreFailure& failure) {
    return std::unexpected(problem_of(failure));
  }
}

}  // namespace postern::store
