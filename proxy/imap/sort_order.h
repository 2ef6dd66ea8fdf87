#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sync/wire/imap/sort_program.h"

namespace postern::imap {

/// What one criterion compares, for each message: numbers, texts by their rank (RFC 5256 section 3:
/// an empty one comes first).
struct SortColumn {
  wire::imap::SortCriterion::Direction direction = wire::imap::SortCriterion::Direction::rising;
  std::vector<std::int64_t> numbers;
};

/// The messages by their columns, the first one first; messages that are equal in all of them stay
/// in the order of the mailbox (RFC 5256 section 3). Returns places in the columns, 0 to `size`
/// - 1.
[[nodiscard]] std::vector<std::uint32_t> sort_order(std::span<const SortColumn> columns,
                                                    std::size_t size);

}  // namespace postern::imap
