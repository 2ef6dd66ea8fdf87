#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "sync/base/ids.h"
#include "sync/base/uid_set.h"
#include "sync/store/body.h"
#include "sync/store/database.h"
#include "sync/store/reader.h"

namespace postern::store {

/// `body.hash_key`.
[[nodiscard]] std::int64_t hash_key(const BodyHash& hash);

/// Bodies as they are read. The thread of its Database.
class BodyReader {
 public:
  explicit BodyReader(Database& database);

  /// As Reader::ready; views last until the next call or release().
  Reader::Ready ready(BodyId body);
  void read(BodyId body, std::uint64_t offset, std::uint64_t count, std::string& out);
  /// As Reader::read_header.
  std::uint64_t read_header(BodyId body, std::uint64_t most, std::string& out);
  /// Of the header, with the empty line.
  [[nodiscard]] std::uint64_t header_octets(BodyId body);
  /// As Reader::hash_of and Reader::find_body.
  [[nodiscard]] BodyHash hash_of(BodyId body);
  [[nodiscard]] std::optional<BodyId> find(const BodyHash& hash);
  /// Of all octets as they stand on the disk; all 0 where they cannot be had.
  [[nodiscard]] BodyHash hash(BodyId body);
  /// Lets go of what the last ready() returned.
  void release() {
    ready_row_.reset();
    ready_body_.reset();
  }

 private:
  Statement select_ready_;
  Statement select_sizes_;
  Statement select_chunks_;
  Statement select_header_;
  Statement select_first_;
  Statement select_hash_;
  Statement find_;
  std::string part_;  ///< a chunk of which not all is wanted
  std::optional<Statement::Run> ready_row_;
  std::optional<BodyId> ready_body_;  ///< whose row that is
};

/// Bodies as they come and go. Rows are inserted and deleted, never updated. Writer's thread.
class BodyTable {
 public:
  explicit BodyTable(Database& database);

  /// The body with these octets: the one that is there, or this one, stored now.
  BodyId put(const NewBody& body);
  [[nodiscard]] std::optional<BodyId> find(const BodyHash& hash);
  /// Throws StoreFailure(corrupt) if there is no such body.
  [[nodiscard]] std::uint64_t octets(BodyId body);

  /// Notes that `mailbox` loses these messages, which are still in it, at `mod_seq`.
  void may_be_unnamed(MailboxId mailbox, const UidSet& uids, ModSeq mod_seq);

  using StillSeen = std::function<bool(MailboxId, ModSeq)>;
  /// Looks at up to `limit` noted losses; those that no view can still show (`still_seen` says) are
  /// settled, and bodies that nothing names any more are deleted. Goes round through all of them
  /// over several calls. What is being sent stays. False when the end of the round was reached.
  bool reclaim(const StillSeen& still_seen, int limit);
  /// Whether any loss is noted that is not settled.
  [[nodiscard]] bool anything_to_reclaim();

  /// Stored octets of bodies put since the table was made.
  [[nodiscard]] std::uint64_t stored_octets() const { return stored_octets_; }

 private:
  void remove_if_unnamed(BodyId body);

  Database& database_;
  Statement find_;
  Statement insert_;
  Statement insert_chunk_;
  Statement insert_sort_key_;
  Statement insert_listed_fields_;
  Statement insert_candidates_;
  Statement select_candidates_;
  Statement delete_candidate_;
  Statement any_candidate_;
  Statement named_;
  Statement being_sent_;
  Statement octets_;
  Statement remove_chunks_;
  Statement remove_sort_key_;
  Statement remove_listed_fields_;
  Statement remove_;
  Statement remove_fields_;
  Statement remove_texts_;
  Statement count_dead_;
  BodyId reclaimed_to_{0};  ///< where the round stands
  std::uint64_t stored_octets_ = 0;
};

}  // namespace postern::store
