#include "proxy/imap/filter_expansion.h"

#include <utility>

#include "sync/wire/imap/parse_command.h"
#include "sync/wire/mime/ascii.h"

namespace postern::imap {
namespace {

using wire::imap::SearchKey;
using What = FilterMistake::What;

class Expansion {
 public:
  explicit Expansion(const FilterLookup& lookup) : lookup_(lookup) {}

  SearchKey expanded(SearchKey key, unsigned depth) {
    if (mistake) return key;
    if (key.kind == SearchKey::Kind::filter) return defined(key, depth);
    for (SearchKey& child : key.children) child = expanded(std::move(child), depth);
    return key;
  }

  std::optional<FilterMistake> mistake;

 private:
  SearchKey defined(const SearchKey& filter, unsigned depth) {
    if (++count_ > most_filters || depth == deepest_filter) return fail(What::too_many, filter);
    const auto text = lookup_(wire::mime::lower_case(filter.name));
    if (!text) return fail(What::undefined, filter);
    octets_ += text->size();
    if (octets_ > most_filter_octets) return fail(What::too_many, filter);
    auto key = wire::imap::parse_search_program(*text);
    if (!key) return fail(What::malformed, filter);
    if (filter.match == SearchKey::Match::fuzzy) mark_fuzzy(*key);
    return expanded(std::move(*key), depth + 1);
  }
  /// RFC 6203 section 4: FUZZY holds for all that a key consists of.
  static void mark_fuzzy(SearchKey& key) {
    key.match = SearchKey::Match::fuzzy;
    for (SearchKey& child : key.children) mark_fuzzy(child);
  }
  SearchKey fail(What what, const SearchKey& filter) {
    mistake = FilterMistake{what, filter.name};
    return {};
  }

  const FilterLookup& lookup_;
  unsigned count_ = 0;
  std::size_t octets_ = 0;  ///< of the definitions that were put in
};

}  // namespace

std::expected<SearchKey, FilterMistake> with_filters(SearchKey key, const FilterLookup& lookup) {
  Expansion expansion(lookup);
  SearchKey all = expansion.expanded(std::move(key), 0);
  if (expansion.mistake) return std::unexpected(std::move(*expansion.mistake));
  return all;
}

}  // namespace postern::imap
