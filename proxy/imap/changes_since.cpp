#include "proxy/imap/changes_since.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace postern::imap {
namespace {

using wire::imap::SequenceSet;

/// Gives the numbers of a set one by one.
class NumberWalk {
 public:
  explicit NumberWalk(const SequenceSet& set) : ranges_(set.ranges()) {}

  [[nodiscard]] bool done() const { return range_ == ranges_.size(); }
  [[nodiscard]] std::uint32_t get() const { return ranges_[range_].first + offset_; }
  void next() {
    if (get() == ranges_[range_].last) {
      ++range_;
      offset_ = 0;
    } else {
      ++offset_;
    }
  }

 private:
  const SequenceSet::Ranges& ranges_;
  std::size_t range_ = 0;
  std::uint32_t offset_ = 0;
};

/// RFC 7162 section 3.2.5.2: a message that still bears its number has lost none before it. 0 if
/// there is no such message.
Uid highest_match(const store::Snapshot& view, const wire::imap::command::Known& known) {
  Uid highest(0);
  if (!known.match) return highest;
  NumberWalk seq(known.match->first);
  NumberWalk uid(known.match->second);
  for (; !seq.done() && !uid.done() && seq.get() <= view.size(); seq.next(), uid.next()) {
    if (view.at(SeqNum(seq.get())).uid != Uid(uid.get())) break;
    highest = Uid(uid.get());
  }
  return highest;
}

UidSet missing(const store::Snapshot& view, const UidSet& uids) {
  std::vector<UidSet::Range> gaps;
  for (const UidSet::Range& range : uids.ranges()) {
    std::uint64_t next = range.first.value;
    const SeqNum begin = view.lower_bound(range.first);
    const bool to_the_end = range.last.value == std::numeric_limits<std::uint32_t>::max();
    const SeqNum behind =
        to_the_end ? SeqNum(view.size() + 1) : view.lower_bound(range.last.next());
    if (begin < behind) {
      view.for_range(begin, SeqNum(behind.value - 1), [&](SeqNum, const store::Entry& entry) {
        if (entry.uid.value > next)
          gaps.push_back({Uid(static_cast<std::uint32_t>(next)), Uid(entry.uid.value - 1)});
        next = std::uint64_t{entry.uid.value} + 1;
      });
    }
    if (next <= range.last.value)
      gaps.push_back({Uid(static_cast<std::uint32_t>(next)), range.last});
  }
  return UidSet(std::move(gaps));
}

}  // namespace

SequenceSet::Ranges changed_since(const store::Snapshot& view, const SequenceSet::Ranges& runs,
                                  ModSeq since) {
  SequenceSet::Ranges changed;
  for (const SequenceSet::Range& run : runs) {
    view.for_range(SeqNum(run.first), SeqNum(run.last), [&](SeqNum seq, const store::Entry& entry) {
      if (entry.mod_seq <= since) return;
      if (!changed.empty() && changed.back().last + 1 == seq.value) {
        changed.back().last = seq.value;
      } else {
        changed.push_back({seq.value, seq.value});
      }
    });
  }
  return changed;
}

UidSet vanished(const store::Snapshot& view, const UidSet& wanted,
                const std::optional<UidSet>& recorded, const wire::imap::command::Known& known) {
  if (recorded) return missing(view, intersection(*recorded, wanted));
  const Uid first = highest_match(view, known).next();
  const Uid last(view.head().uid_next.value - 1);
  if (last < first) return {};
  return missing(view, intersection(wanted, UidSet({{first, last}})));
}

}  // namespace postern::imap
