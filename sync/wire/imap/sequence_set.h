#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sync/base/ids.h"
#include "sync/base/uid_set.h"

namespace postern::wire::imap {

/// RFC 3501 section 9, `sequence-set`: numbers of messages, or UIDs. Kept as sorted, disjoint
/// ranges, so that its size and the work it makes do not grow with repetition. `*` stands for the
/// largest number in use, which only the reader of the set knows; `$` (RFC 5182) for what a search
/// saved, which only the session knows.
class SequenceSet {
 public:
  struct Range {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    friend constexpr bool operator==(Range, Range) = default;
  };
  using Ranges = std::vector<Range>;
  /// All ranges with a `*` in them, as one: they all hold the largest number, so they touch.
  /// `lowest` and `highest` are the smallest and the largest of the other ends.
  struct Star {
    std::uint32_t lowest = 0;
    std::uint32_t highest = 0;
    friend constexpr bool operator==(Star, Star) = default;
  };

  /// Numbers are not 0; the ends may stand in any order.
  void add(std::uint32_t first, std::uint32_t last) { pending_.push_back({first, last}); }
  void add_star() { add_star(0xffffffffU, 0); }
  void add_star(std::uint32_t other_end) { add_star(other_end, other_end); }
  /// `$` stands alone.
  void set_saved() { saved_ = true; }
  [[nodiscard]] bool saved() const { return saved_; }
  /// After the last add(): sorts and merges.
  void normalise();

  [[nodiscard]] const Ranges& ranges() const { return ranges_; }
  [[nodiscard]] const std::optional<Star>& star() const { return star_; }

  /// The ranges when the largest number in use is `largest`; `*` means nothing when it is 0.
  [[nodiscard]] Ranges resolve(std::uint32_t largest) const;
  /// The same for UIDs.
  [[nodiscard]] UidSet uids(Uid largest) const;
  /// How many numbers it names, without `*` and `$`.
  [[nodiscard]] std::uint64_t count() const;
  /// The set's largest number that is not `*`; 0 if there is none.
  [[nodiscard]] std::uint32_t largest_number() const {
    return ranges_.empty() ? 0 : ranges_.back().last;
  }

  friend bool operator==(const SequenceSet& a, const SequenceSet& b) {
    return a.ranges_ == b.ranges_ && a.star_ == b.star_ && a.saved_ == b.saved_;
  }

 private:
  void add_star(std::uint32_t lowest, std::uint32_t highest);
  static Ranges merged(Ranges ranges);

  Ranges pending_;
  Ranges ranges_;
  std::optional<Star> star_;
  bool saved_ = false;
};

/// `sequence-set` as it is sent: "1:3,7,9:*" or "$". Not empty sets.
[[nodiscard]] std::string format(const SequenceSet& set);
[[nodiscard]] std::string format(const UidSet& set);
/// RFC 4315 section 3, `uid-set`, of UIDs in rising order.
[[nodiscard]] std::string format_uids(const std::vector<Uid>& uids);

}  // namespace postern::wire::imap
