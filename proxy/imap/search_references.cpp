#include "proxy/imap/search_references.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

namespace postern::imap {
namespace {

using wire::imap::SearchKey;
using Kind = SearchKey::Kind;

void collect(const SearchKey& key, Kind kind, std::vector<std::string>& values) {
  if (key.kind == kind) values.push_back(key.value);
  for (const auto& child : key.children) collect(child, kind, values);
}

UidSet uids_of(const wire::imap::SequenceSet& numbers, const store::Snapshot& view) {
  std::vector<UidSet::Range> ranges;
  for (const auto& range : numbers.resolve(view.size())) {
    if (range.first > view.size()) break;
    const SeqNum last(std::min(range.last, view.size()));
    view.for_range(SeqNum(range.first), last, [&](SeqNum, const store::Entry& entry) {
      ranges.push_back({entry.uid, entry.uid});
    });
  }
  return UidSet(std::move(ranges));
}

/// `N:*` as N and all above it, whatever the largest one is by then.
wire::imap::SequenceSet open_ended(const wire::imap::SequenceSet& set) {
  wire::imap::SequenceSet open;
  for (const auto& range : set.ranges()) open.add(range.first, range.last);
  open.add(set.star()->lowest, std::numeric_limits<std::uint32_t>::max());
  open.normalise();
  return open;
}

}  // namespace

SearchKey uid_key(const UidSet& uids) {
  SearchKey key;
  key.kind = Kind::uid_set;
  for (const auto& range : uids.ranges()) key.set.add(range.first.value, range.last.value);
  key.set.normalise();
  return key;
}

SearchKey pinned(SearchKey key, const store::Snapshot& view, const UidSet& saved) {
  if (key.set.saved()) return uid_key(saved);
  if (key.kind == Kind::sequence_set) return uid_key(uids_of(key.set, view));
  if (key.kind == Kind::uid_set && key.set.star()) key.set = open_ended(key.set);
  for (SearchKey& child : key.children) child = pinned(std::move(child), view, saved);
  return key;
}

std::vector<std::string> values_of(const SearchKey& key, Kind kind) {
  std::vector<std::string> values;
  collect(key, kind, values);
  return values;
}

SearchKey resolved(SearchKey key, const References& references) {
  if (key.set.saved()) return uid_key(references.saved);
  if (key.kind == Kind::older || key.kind == Kind::younger) {
    key.number = references.now.time_since_epoch().count() - key.number;
  } else if (key.kind == Kind::email_id) {
    const auto known = references.emails.find(key.value);
    key.number = known == references.emails.end() ? 0 : known->second.value;
  } else if (key.kind == Kind::thread_id) {
    const auto known = references.threads.find(key.value);
    return uid_key(known == references.threads.end() ? UidSet() : known->second);
  }
  for (SearchKey& child : key.children) child = resolved(std::move(child), references);
  return key;
}

}  // namespace postern::imap
