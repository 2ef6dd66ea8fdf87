#pragma once

#include <cstdint>
#include <optional>

namespace postern::wire::imap {

/// Positions in a list of results (RFC 9394 section 3.1), as written: both ends from the front and
/// from 1, or both from the back and from -1, in any order.
struct PartialRange {
  std::int64_t first = 1;
  std::int64_t last = 1;
  friend bool operator==(const PartialRange&, const PartialRange&) = default;
};

/// What a searching command is to return: RFC 4731 section 3.1, with SAVE (RFC 5182), PARTIAL (RFC
/// 9394), CONTEXT and UPDATE (RFC 5267 section 4), RELEVANCY (RFC 6203 section 4). `RETURN ()` asks
/// for ALL.
struct ReturnOptions {
  enum Option : std::uint8_t {
    min = 1,
    max = 2,
    all = 4,
    count = 8,
    save = 16,
    update = 32,
    relevancy = 64
  };
  std::uint8_t options = 0;  ///< of `Option`, or-ed
  std::optional<PartialRange> partial;

  [[nodiscard]] bool has(Option option) const { return (options & option) != 0; }
  void add(Option option) { options = static_cast<std::uint8_t>(options | option); }
  friend bool operator==(const ReturnOptions&, const ReturnOptions&) = default;
};

}  // namespace postern::wire::imap
