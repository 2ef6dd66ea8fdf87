#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "sync/base/ids.h"
#include "sync/store/body_table.h"

namespace postern::store {

/// What the search index is told of one body.
struct SearchEntry {
  BodyId body;
  std::string terms;   ///< GramSet::terms
  std::optional<std::string> fields;  ///< FoldedFields::stored; none: the header cannot be read
  std::uint64_t octets = 0;  ///< of the texts, decoded and not folded yet
};

/// Reads, decodes and folds all texts of a body. One that is damaged may be a hit of every search.
/// Throws StoreFailure. Ends early, with something useless, when `stop` says so.
[[nodiscard]] SearchEntry search_entry(BodyReader& bodies, BodyId body, const std::stop_token& stop);

}  // namespace postern::store
