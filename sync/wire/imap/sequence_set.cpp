#include "sync/wire/imap/sequence_set.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace postern::wire::imap {
namespace {

void append_range(std::string& out, std::uint32_t first, std::uint32_t last) {
  if (!out.empty()) out.push_back(',');
  if (first == last) {
    fmt::format_to(std::back_inserter(out), "{}", first);
  } else {
    fmt::format_to(std::back_inserter(out), "{}:{}", first, last);
  }
}

}  // namespace

SequenceSet::Ranges SequenceSet::merged(Ranges ranges) {
  for (Range& range : ranges) {
    if (range.last < range.first) std::swap(range.first, range.last);
  }
  std::ranges::sort(ranges, {}, &Range::first);
  Ranges result;
  for (const Range& range : ranges) {
    if (!result.empty() && range.first - 1 <= result.back().last) {
      result.back().last = std::max(result.back().last, range.last);
    } else {
      result.push_back(range);
    }
  }
  return result;
}

void SequenceSet::normalise() {
  pending_.insert(pending_.end(), ranges_.begin(), ranges_.end());
  ranges_ = merged(std::exchange(pending_, {}));
}

void SequenceSet::add_star(std::uint32_t lowest, std::uint32_t highest) {
  if (star_) {
    star_ = Star{std::min(star_->lowest, lowest), std::max(star_->highest, highest)};
  } else {
    star_ = Star{lowest, highest};
  }
}

SequenceSet::Ranges SequenceSet::resolve(std::uint32_t largest) const {
  Ranges ranges = ranges_;
  if (star_ && largest != 0)
    ranges.push_back({std::min(star_->lowest, largest), std::max(star_->highest, largest)});
  return merged(std::move(ranges));
}

std::uint64_t SequenceSet::count() const {
  std::uint64_t total = 0;
  for (const Range& range : ranges_) total += std::uint64_t{range.last} - range.first + 1;
  return total;
}

UidSet SequenceSet::uids(Uid largest) const {
  std::vector<UidSet::Range> ranges;
  for (const Range& range : resolve(largest.value))
    ranges.push_back({Uid(range.first), Uid(range.last)});
  return UidSet(std::move(ranges));
}

std::string format(const SequenceSet& set) {
  if (set.saved()) return "$";
  std::string out;
  for (const auto& range : set.ranges()) append_range(out, range.first, range.last);
  if (const auto& star = set.star()) {
    const auto with_star = [&](std::uint32_t other) {
      if (!out.empty()) out.push_back(',');
      fmt::format_to(std::back_inserter(out), "{}:*", other);
    };
    if (star->highest == 0) {
      out += out.empty() ? "*" : ",*";
    } else {
      with_star(star->lowest);
      if (star->highest != star->lowest) with_star(star->highest);
    }
  }
  return out;
}

std::string format(const UidSet& set) {
  std::string out;
  for (const auto& range : set.ranges()) append_range(out, range.first.value, range.last.value);
  return out;
}

std::string format_uids(const std::vector<Uid>& uids) {
  std::string out;
  for (std::size_t i = 0; i < uids.size();) {
    std::size_t last = i;
    while (last + 1 < uids.size() && uids[last + 1].value == uids[last].value + 1) ++last;
    append_range(out, uids[i].value, uids[last].value);
    i = last + 1;
  }
  return out;
}

}  // namespace postern::wire::imap
