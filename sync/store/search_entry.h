#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "sync/base/ids.h"
#include "sync/store/body_table.h"
#include "sync/store/folded_texts.h"
#include "sync/store/grams.h"

namespace postern::store {

/// What the search index is told of one body.
struct SearchEntry {
  BodyId body;
  std::string terms;                  ///< GramSet::terms
  std::optional<std::string> fields;  ///< FoldedFields::stored; none: the header cannot be read
  std::optional<std::string> texts;   ///< FoldedTexts::take; none: also where there is too much
  std::uint64_t octets = 0;           ///< of the texts, decoded and not folded yet
};

/// Makes the entries of one body after another. One thread.
class SearchEntryMaker {
 public:
  /// Reads, decodes and folds all texts of a body. One that is damaged may be a hit of every
  /// search. Throws StoreFailure. Ends early, with something useless, when `stop` says so.
  [[nodiscard]] SearchEntry make(BodyReader& bodies, BodyId body, const std::stop_token& stop);

 private:
  void header(BodyReader& bodies, SearchEntry& entry, const std::stop_token& stop);
  void texts(BodyReader& bodies, SearchEntry& entry, const std::stop_token& stop);
  void add(GramPlace place, std::string_view text, const std::stop_token& stop);

  GramSet grams_;
  FoldedTexts texts_;
  std::string window_;
};

}  // namespace postern::store
