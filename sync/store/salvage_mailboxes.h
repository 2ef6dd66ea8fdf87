#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sync/store/salvage_rows.h"

namespace postern::store {

/// The mailboxes of a damaged account's file as they will be in the new one. Their columns are as
/// in the table. Order: what the messages tell (seen()), then finish(), then read `all`.
class SalvagedMailboxes {
 public:
  using Row = SalvageRows::Row;
  using Spot = SalvageRows::Spot;
  explicit SalvagedMailboxes(const SalvageRows& rows);

  /// One that is not known is made, as one that has lost its row.
  Row& at(std::int64_t id);
  /// A new one of that name.
  std::int64_t add(const std::string& name);
  [[nodiscard]] std::string name(std::int64_t id) { return octets_in(at(id), 1); }
  /// UIDNEXT never falls behind what is there; nor does the highest MODSEQ, where it has to be
  /// learned from the messages.
  void seen(const Spot& spot, std::int64_t mod_seq);
  /// A MODSEQ that was never given.
  std::int64_t next_mod_seq(std::int64_t id);
  /// Its UIDVALIDITY becomes another one.
  [[nodiscard]] bool is_renewed(std::int64_t id) const { return renewed_.contains(id); }

  /// Possible names, each once; an INBOX; UIDVALIDITYs.
  void finish(std::int64_t now);
  /// The highest UIDVALIDITY given; valid after finish().
  [[nodiscard]] std::int64_t highest_validity() const { return validity_; }

  std::map<std::int64_t, Row> all;
  std::vector<std::string> notes;  ///< for people

 private:
  [[nodiscard]] std::string likely_name(std::int64_t id, const std::string& told) const;
  void put_right(std::int64_t id, Row& row);
  void give_names();
  void give_validities(std::int64_t now);

  const SalvageRows& rows_;
  std::set<std::int64_t> renewed_;
  std::set<std::string, std::less<>> subscribed_;
  std::int64_t validity_ = 0;
};

}  // namespace postern::store
