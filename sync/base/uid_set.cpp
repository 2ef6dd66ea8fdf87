#include "sync/base/uid_set.h"

#include <algorithm>

namespace postern {

UidSet::UidSet(std::vector<Range> ranges) : ranges_(std::move(ranges)) {
  normalise();
}

void UidSet::normalise() {
  for (Range& range : ranges_) {
    if (range.last < range.first) std::swap(range.first, range.last);
  }
  std::ranges::sort(ranges_, {}, &Range::first);
  std::vector<Range> merged;
  merged.reserve(ranges_.size());
  for (const Range& range : ranges_) {
    // The subtraction cannot wrap: the ranges are sorted by `first`, and a first of 0 has no
    // predecessor to touch.
    if (!merged.empty() &&
        (range.first <= merged.back().last || range.first.value - 1 == merged.back().last.value)) {
      merged.back().last = std::max(merged.back().last, range.last);
    } else {
      merged.push_back(range);
    }
  }
  ranges_ = std::move(merged);
}

void UidSet::add(Uid uid) {
  if (ranges_.empty() || uid.value > ranges_.back().last.value + 1ULL) {
    ranges_.push_back({uid, uid});
  } else if (uid.value == ranges_.back().last.value + 1ULL) {
    ranges_.back().last = uid;
  } else if (!contains(uid)) {
    ranges_.push_back({uid, uid});
    normalise();
  }
}

bool UidSet::contains(Uid uid) const {
  auto after = std::ranges::upper_bound(ranges_, uid, {}, &Range::first);
  return after != ranges_.begin() && uid <= std::prev(after)->last;
}

std::size_t UidSet::count() const {
  std::size_t total = 0;
  for (const Range& range : ranges_) total += std::size_t{range.last.value} - range.first.value + 1;
  return total;
}

UidSet intersection(const UidSet& a, const UidSet& b) {
  UidSet both;
  auto one = a.ranges_.begin();
  auto other = b.ranges_.begin();
  while (one != a.ranges_.end() && other != b.ranges_.end()) {
    const Uid first = std::max(one->first, other->first);
    const Uid last = std::min(one->last, other->last);
    // Ranges of one set do not touch, so neither do these.
    if (first <= last) both.ranges_.push_back({first, last});
    ++(one->last < other->last ? one : other);
  }
  return both;
}

}  // namespace postern
