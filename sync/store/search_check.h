#pragma once

#include <optional>
#include <string>

#include "sync/base/ids.h"
#include "sync/store/body_table.h"
#include "sync/store/database.h"
#include "sync/store/search_entry.h"
#include "sync/store/search_table.h"

namespace postern::store {

/// Whether the search index has of a body what its octets say: the fields that are kept, its texts
/// if they are, and terms of them from here and there. What is not indexed yet, or not as this
/// release does it, is none of its business. The thread of its Database.
class SearchCheck {
 public:
  explicit SearchCheck(Database& database) : index_(database) {}

  /// What is wrong, of a body whose octets are right. Throws StoreFailure.
  [[nodiscard]] std::optional<std::string> wrong(BodyReader& bodies, BodyId body);
  /// The transaction that was read in is over.
  void release() { index_.release(); }

 private:
  [[nodiscard]] bool keeps_other_texts(const SearchEntry& entry);

  SearchReader index_;
  SearchEntryMaker maker_;
};

}  // namespace postern::store
