#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "sync/store/body.h"
#include "sync/store/damaged_file.h"

namespace postern::store {

/// What can be read of an account's file that may be damaged: the rows of its tables, and of their
/// indexes what tells of rows that are lost. Rows that their tree leads to come first; where a tree
/// is broken, rows that lie about are taken for what they look like.
struct SalvageRows {
  struct Blob {
    std::string octets;
  };
  using Value = std::variant<std::monostate, std::int64_t, std::string, Blob>;
  using Row = std::vector<Value>;
  using Spot = std::pair<std::int64_t, std::int64_t>;  ///< mailbox and UID

  struct Body {
    std::uint64_t octets = 0;
    std::uint64_t head_octets = 0;
    std::string hash;
  };

  std::map<std::int64_t, Body> bodies;
  std::unordered_map<std::int64_t, std::int64_t> hash_keys;  ///< body -> begin of its hash
  std::map<std::int64_t, DamagedFile::Place> chunks;         ///< by key
  std::map<Spot, Row> messages;                              ///< columns as in the table
  std::map<Spot, std::int64_t> named;                        ///< -> body, by an index
  std::map<std::int64_t, Row> mailboxes;
  std::unordered_map<std::int64_t, std::string> mailbox_names;  ///< by an index
  std::map<std::int64_t, Row> origins;
  std::unordered_set<std::int64_t> reclaimed;      ///< bodies that wait to be
  std::map<std::string, std::vector<Row>> others;  ///< of all other tables, by name
  bool messages_whole = true;                      ///< no row of a message can be missing

  static SalvageRows read(DamagedFile& file);
};

[[nodiscard]] inline std::int64_t number_in(const SalvageRows::Row& row, std::size_t column) {
  const auto* number = std::get_if<std::int64_t>(&row[column]);
  return number == nullptr ? 0 : *number;
}

}  // namespace postern::store
