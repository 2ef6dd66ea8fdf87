#include "sync/store/search_check.h"

#include <stop_token>
#include <string_view>

#include "sync/store/grams.h"

namespace postern::store {

namespace {

/// Terms of one body that are looked for: each costs a look into the index.
constexpr std::size_t most_terms = 16;

}  // namespace

std::optional<std::string> SearchCheck::wrong(BodyReader& bodies, BodyId body) {
  if (body > index_.indexed()) return std::nullopt;
  const SearchEntry entry = maker_.make(bodies, body, std::stop_token());
  const auto fields = index_.fields(body);
  if (fields.has_value() != entry.fields.has_value() || (fields && *fields != *entry.fields))
    return "the fields that the search index has of it are not those of its header";
  const auto expression = sample_expression(entry.terms, most_terms);
  if (expression && !index_.has(body, *expression))
    return "the search index does not find it by its own words";
  return std::nullopt;
}

}  // namespace postern::store
