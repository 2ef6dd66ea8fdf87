#pragma once

#include <cstddef>
#include <vector>

#include "sync/base/ids.h"

namespace postern {

/// A set of UIDs as sorted, disjoint, non-touching closed ranges: its size does not grow with how
/// often a peer names the same number.
class UidSet {
 public:
  struct Range {
    Uid first;
    Uid last;
    friend constexpr bool operator==(Range, Range) = default;
  };

  UidSet() = default;
  static UidSet all() { return UidSet({{Uid(1), Uid(0xffffffffU)}}); }
  /// Takes ranges in any order, overlapping or touching; a range whose ends are swapped is turned
  /// round.
  explicit UidSet(std::vector<Range> ranges);

  /// Appending in rising order costs O(1); anything else is merged.
  void add(Uid uid);
  [[nodiscard]] bool contains(Uid uid) const;
  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  [[nodiscard]] const std::vector<Range>& ranges() const { return ranges_; }
  /// How many numbers the set holds, whether or not messages bear them.
  [[nodiscard]] std::size_t count() const;
  friend bool operator==(const UidSet&, const UidSet&) = default;
  /// What both hold; costs the ranges of both.
  friend UidSet intersection(const UidSet& a, const UidSet& b);

 private:
  void normalise();

  std::vector<Range> ranges_;
};

[[nodiscard]] UidSet intersection(const UidSet& a, const UidSet& b);

}  // namespace postern
