#include "sync/store/search_check.h"

#include <stop_token>
#include <string>
#include <string_view>

#include "sync/store/folded_texts.h"
#include "sync/store/grams.h"

namespace postern::store {

namespace {

/// Terms of one body that are looked for: each costs a look into the index.
constexpr std::size_t most_terms = 16;

}  // namespace

/// None are kept of what was indexed by an earlier release, which costs time and nothing else.
bool SearchCheck::keeps_other_texts(const SearchEntry& entry) {
  try {
    const auto kept = index_.texts(entry.body);
    if (!kept || !entry.texts) return kept.has_value();
    // Another compressor may have made the same smaller.
    std::string own;
    FoldedTexts::expand(*entry.texts, own);
    return *kept != own;
  } catch (const StoreFailure& failure) {
    if (failure.kind() != FailureKind::corrupt) throw;
    return true;
  }
}

std::optional<std::string> SearchCheck::wrong(BodyReader& bodies, BodyId body) {
  if (body > index_.indexed()) return std::nullopt;
  const SearchEntry entry = maker_.make(bodies, body, std::stop_token());
  const auto fields = index_.fields(body);
  if (fields.has_value() != entry.fields.has_value() || (fields && *fields != *entry.fields))
    return "the fields that the search index has of it are not those of its header";
  if (keeps_other_texts(entry)) return "the texts that the search index has of it are not its own";
  const auto expression = sample_expression(entry.terms, most_terms);
  if (expression && !index_.has(body, *expression))
    return "the search index does not find it by its own words";
  return std::nullopt;
}

}  // namespace postern::store
