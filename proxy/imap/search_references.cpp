#include "proxy/imap/search_references.h"

#include <utility>

namespace postern::imap {
namespace {

using wire::imap::SearchKey;
using Kind = SearchKey::Kind;

/// No number at all if the set is empty.
SearchKey uid_key(const UidSet& uids) {
  SearchKey key;
  key.kind = Kind::uid_set;
  for (const auto& range : uids.ranges()) key.set.add(range.first.value, range.last.value);
  key.set.normalise();
  return key;
}

void collect(const SearchKey& key, std::vector<std::string>& ids) {
  if (key.kind == Kind::email_id) ids.push_back(key.value);
  for (const auto& child : key.children) collect(child, ids);
}

}  // namespace

std::vector<std::string> email_ids(const SearchKey& key) {
  std::vector<std::string> ids;
  collect(key, ids);
  return ids;
}

SearchKey resolved(SearchKey key, const References& references) {
  if (key.set.saved()) return uid_key(references.saved);
  if (key.kind == Kind::older || key.kind == Kind::younger) {
    key.number = references.now.time_since_epoch().count() - key.number;
  } else if (key.kind == Kind::email_id) {
    const auto known = references.emails.find(key.value);
    key.number = known == references.emails.end() ? 0 : known->second.value;
  }
  for (SearchKey& child : key.children) child = resolved(std::move(child), references);
  return key;
}

}  // namespace postern::imap
