#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
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

  /// Columns as in the table.
  struct Message {
    Row row;
    bool stray = false;  ///< no tree leads to it: it may be an old one
  };
  struct Named {
    Spot spot;
    std::int64_t body = 0;
    auto operator<=>(const Named&) const = default;
  };
  struct Uidl {
    std::int64_t source = 0;
    std::string octets;
    std::int64_t retired = 0;
  };

  std::map<std::int64_t, Body> bodies;
  std::unordered_map<std::int64_t, std::int64_t> hash_keys;  ///< body -> begin of its hash
  std::map<std::int64_t, DamagedFile::Place> chunks;         ///< by key
  std::vector<Message> messages;
  std::vector<Named> named;                ///< by an index
  std::map<Spot, std::int64_t> origin_of;  ///< by an index
  std::map<std::int64_t, Row> mailboxes;
  std::unordered_map<std::int64_t, std::string> mailbox_names;  ///< by an index
  std::map<std::int64_t, Row> sources;
  std::map<std::int64_t, std::string> source_keys;  ///< by an index
  std::map<std::int64_t, Row> origins;
  std::map<std::int64_t, Uidl> uidls;              ///< of origins, by an index
  std::unordered_set<std::int64_t> reclaimed;      ///< bodies that wait to be
  std::map<std::string, std::vector<Row>> others;  ///< of all other tables, by name
  std::set<std::string, std::less<>> broken;       ///< trees of which rows may be missing

  [[nodiscard]] bool whole(std::string_view tree) const { return !broken.contains(tree); }

  static SalvageRows read(DamagedFile& file);
};

[[nodiscard]] inline std::int64_t number_in(const SalvageRows::Row& row, std::size_t column) {
  const auto* number = std::get_if<std::int64_t>(&row[column]);
  return number == nullptr ? 0 : *number;
}
[[nodiscard]] inline std::string octets_in(const SalvageRows::Row& row, std::size_t column) {
  if (const auto* text = std::get_if<std::string>(&row[column])) return *text;
  const auto* blob = std::get_if<SalvageRows::Blob>(&row[column]);
  return blob == nullptr ? std::string() : blob->octets;
}

}  // namespace postern::store
