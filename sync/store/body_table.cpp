#include "sync/store/body_table.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include <openssl/sha.h>

#include "sync/store/chunk_codec.h"
#include "sync/store/chunk_map.h"
#include "sync/store/new_body.h"
#include "sync/store/schema.h"

namespace postern::store {

std::int64_t hash_key(const BodyHash& hash) {
  std::int64_t key = 0;
  std::memcpy(&key, hash.data(), sizeof key);
  return key;
}

namespace {

std::int64_t chunk_id(BodyId body, std::uint64_t number) {
  return (body.value << chunk_bits) + static_cast<std::int64_t>(number);
}

constexpr const char* find_by_hash = "SELECT id, hash FROM body WHERE hash_key = ?";

std::optional<BodyId> find_body(Statement& by_hash, const BodyHash& hash) {
  auto row = by_hash(hash_key(hash));
  while (row.step()) {
    if (std::ranges::equal(as_blob(row.octets(1)), hash)) return row.id<BodyId>(0);
  }
  return std::nullopt;
}

[[noreturn]] void missing(BodyId body, const char* what) {
  throw StoreFailure(FailureKind::corrupt,
                     "body " + std::to_string(body.value) + ": " + what + " is missing");
}

}  // namespace

BodyReader::BodyReader(Database& database)
    : select_ready_(database,
                    "SELECT octets, header_octets, envelope, body, body_structure, parts FROM body "
                    "WHERE id = ?"),
      select_sizes_(database, "SELECT octets, head_octets FROM body WHERE id = ?"),
      select_chunks_(database,
                     "SELECT id, data FROM body_chunk WHERE id BETWEEN ? AND ? ORDER BY id"),
      select_header_(database, "SELECT header_octets FROM body WHERE id = ?"),
      select_first_(database,
                    "SELECT octets, header_octets, head_octets, data FROM body "
                    "JOIN body_chunk ON body_chunk.id = ?2 WHERE body.id = ?1"),
      select_hash_(database, "SELECT hash FROM body WHERE id = ?"),
      find_(database, find_by_hash) {}

Reader::Ready BodyReader::ready(BodyId body) {
  // Of one message mostly more than one thing is asked.
  if (ready_body_ != body) {
    release();  // before the statement is used again
    ready_row_.emplace(select_ready_(body));
    if (!ready_row_->step()) missing(body, "its entry");
    ready_body_ = body;
  }
  Statement::Run& row = *ready_row_;
  return {.octets = row.number<std::uint64_t>(0),
          .header_octets = row.number<std::uint64_t>(1),
          .envelope = row.octets(2),
          .body = row.octets(3),
          .body_structure = row.octets(4),
          .parts = row.octets(5)};
}

void BodyReader::read(BodyId body, std::uint64_t offset, std::uint64_t count, std::string& out) {
  std::uint64_t octets = 0;
  std::uint64_t head_octets = 0;
  {
    auto row = select_sizes_(body);
    if (!row.step()) missing(body, "its entry");
    octets = row.number<std::uint64_t>(0);
    head_octets = row.number<std::uint64_t>(1);
  }
  if (offset >= octets || count == 0) return;
  const std::uint64_t end = offset + std::min(count, octets - offset);
  const ChunkMap map(octets, head_octets);
  out.reserve(out.size() + (end - offset));

  std::uint64_t number = map.at(offset);
  auto row = select_chunks_(chunk_id(body, number), chunk_id(body, map.at(end - 1)));
  for (std::uint64_t at = offset; at < end; ++number) {
    if (!row.step() || row.integer(0) != chunk_id(body, number)) missing(body, "a chunk");
    const ChunkMap::Chunk chunk = map.range(number);
    if (at == chunk.begin && chunk.end <= end) {
      expand_chunk(row.octets(1), chunk.end - chunk.begin, out);
    } else {
      part_.clear();
      expand_chunk(row.octets(1), chunk.end - chunk.begin, part_);
      out.append(part_, at - chunk.begin, std::min(chunk.end, end) - at);
    }
    at = chunk.end;
  }
}

/// Nearly always it lies in the first chunk, and one query tells all.
std::uint64_t BodyReader::read_header(BodyId body, std::uint64_t most, std::string& out) {
  std::uint64_t octets = 0;
  std::uint64_t wanted = 0;
  {
    auto row = select_first_(body, chunk_id(body, 0));
    if (!row.step()) {
      octets = header_octets(body);
      if (octets != 0) missing(body, "a chunk");
      return 0;
    }
    octets = row.number<std::uint64_t>(1);
    wanted = std::min(octets, most);
    const ChunkMap::Chunk first =
        ChunkMap(row.number<std::uint64_t>(0), row.number<std::uint64_t>(2)).range(0);
    if (wanted <= first.end) {
      const std::size_t before = out.size();
      expand_chunk(row.octets(3), first.end, out);
      out.resize(before + wanted);
      return octets;
    }
  }
  read(body, 0, wanted, out);
  return octets;
}

std::uint64_t BodyReader::header_octets(BodyId body) {
  auto row = select_header_(body);
  if (!row.step()) missing(body, "its entry");
  return row.number<std::uint64_t>(0);
}

BodyHash BodyReader::hash_of(BodyId body) {
  BodyHash hash{};
  auto row = select_hash_(body);
  if (!row.step() || row.octets(0).size() != hash.size()) missing(body, "its hash");
  std::ranges::copy(as_blob(row.octets(0)), hash.begin());
  return hash;
}

std::optional<BodyId> BodyReader::find(const BodyHash& hash) {
  return find_body(find_, hash);
}

BodyHash BodyReader::hash(BodyId body) {
  constexpr std::uint64_t piece_octets = 1024UL * 1024;
  BodyHash hash{};
  try {
    SHA256_CTX sha;
    SHA256_Init(&sha);
    std::string piece;
    for (std::uint64_t offset = 0;; offset += piece_octets) {
      piece.clear();
      read(body, offset, piece_octets, piece);
      SHA256_Update(&sha, piece.data(), piece.size());
      if (piece.size() < piece_octets) break;
    }
    SHA256_Final(hash.data(), &sha);
  } catch (const StoreFailure& failure) {
    if (failure.kind() != FailureKind::corrupt) throw;
  }
  return hash;
}

BodyTable::BodyTable(Database& database)
    : database_(database),
      find_(database, find_by_hash),
      insert_(database,
              "INSERT INTO body(hash_key, hash, octets, header_octets, head_octets, envelope, "
              "body, body_structure, parts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      insert_chunk_(database, "INSERT INTO body_chunk(id, data) VALUES (?, ?)"),
      insert_sort_key_(database, "INSERT INTO sort_key(body, keys) VALUES (?, ?)"),
      insert_listed_fields_(database, "INSERT INTO listed_fields(body, fields) VALUES (?, ?)"),
      insert_candidates_(database,
                         "INSERT OR IGNORE INTO reclaim(body, mailbox, mod_seq) "
                         "SELECT body, mailbox, ? FROM message "
                         "WHERE mailbox = ? AND uid BETWEEN ? AND ?"),
      select_candidates_(database,
                         "SELECT body, mailbox, mod_seq FROM reclaim WHERE body > ? "
                         "ORDER BY body LIMIT ?"),
      delete_candidate_(database,
                        "DELETE FROM reclaim WHERE body = ? AND mailbox = ? AND mod_seq = ?"),
      any_candidate_(database, "SELECT 1 FROM reclaim LIMIT 1"),
      named_(database,
             "SELECT EXISTS(SELECT 1 FROM message WHERE body = ?1) OR "
             "EXISTS(SELECT 1 FROM reclaim WHERE body = ?1)"),
      // Those few that were cancelled at the final dot.
      being_sent_(database, "SELECT 1 FROM submission WHERE mailbox = 0 AND uid = 0 AND body = ?"),
      octets_(database, "SELECT octets FROM body WHERE id = ?"),
      remove_chunks_(database, "DELETE FROM body_chunk WHERE id BETWEEN ? AND ?"),
      remove_sort_key_(database, "DELETE FROM sort_key WHERE body = ?"),
      remove_listed_fields_(database, "DELETE FROM listed_fields WHERE body = ?"),
      remove_(database, "DELETE FROM body WHERE id = ?"),
      remove_fields_(database, "DELETE FROM search_fields WHERE body = ?"),
      remove_texts_(database, "DELETE FROM search_text WHERE body = ?"),
      // What the search index has of it stays there: no message names it, so no search finds it.
      count_dead_(database, "UPDATE search_index SET dead = dead + 1 WHERE indexed >= ?") {}

std::optional<BodyId> BodyTable::find(const BodyHash& hash) {
  return find_body(find_, hash);
}

std::uint64_t BodyTable::octets(BodyId body) {
  auto row = octets_(body);
  if (!row.step()) missing(body, "its entry");
  return row.number<std::uint64_t>(0);
}

BodyId BodyTable::put(const NewBody& body) {
  const BodyDigest& digest = body.digest();
  if (const auto there = find(digest.hash)) return *there;
  insert_(hash_key(digest.hash), std::span<const std::uint8_t>(digest.hash), digest.octets,
          digest.header_octets, body.state_->head_octets, as_blob(digest.envelope),
          as_blob(digest.body), as_blob(digest.body_structure), as_blob(digest.parts))
      .finish();
  const BodyId id(database_.last_row_id());
  insert_sort_key_(id, as_blob(digest.sort_keys)).finish();
  insert_listed_fields_(id, as_blob(digest.listed_fields)).finish();
  std::uint64_t number = 0;
  body.state_->for_each_chunk([&](std::string_view stored) {
    insert_chunk_(chunk_id(id, number++), as_blob(stored)).finish();
    stored_octets_ += stored.size();
  });
  return id;
}

void BodyTable::may_be_unnamed(MailboxId mailbox, const UidSet& uids, ModSeq mod_seq) {
  for (const UidSet::Range& range : uids.ranges())
    insert_candidates_(mod_seq, mailbox, range.first, range.last).finish();
}

bool BodyTable::anything_to_reclaim() {
  return any_candidate_().step();
}

void BodyTable::remove_if_unnamed(BodyId body) {
  {
    auto row = named_(body);
    if (row.step() && row.integer(0) != 0) return;
  }
  remove_chunks_(chunk_id(body, 0), chunk_id(body.next(), 0) - 1).finish();
  remove_sort_key_(body).finish();
  remove_listed_fields_(body).finish();
  remove_(body).finish();
  remove_fields_(body).finish();
  remove_texts_(body).finish();
  count_dead_(body).finish();
}

bool BodyTable::reclaim(const StillSeen& still_seen, int limit) {
  struct Candidate {
    BodyId body;
    MailboxId mailbox;
    ModSeq mod_seq;
  };
  std::vector<Candidate> candidates;
  {
    auto row = select_candidates_(reclaimed_to_, limit);
    while (row.step())
      candidates.push_back({row.id<BodyId>(0), row.id<MailboxId>(1), row.id<ModSeq>(2)});
  }
  for (const Candidate& candidate : candidates) {
    // Of a body with many losses some may lie beyond the limit: they are met in a later round.
    reclaimed_to_ = candidate.body;
    if (still_seen(candidate.mailbox, candidate.mod_seq)) continue;
    if (being_sent_(candidate.body).step()) continue;
    delete_candidate_(candidate.body, candidate.mailbox, candidate.mod_seq).finish();
    remove_if_unnamed(candidate.body);
  }
  if (candidates.size() == static_cast<std::size_t>(limit)) return true;
  reclaimed_to_ = BodyId(0);
  return false;
}

}  // namespace postern::store
