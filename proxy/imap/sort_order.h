#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sync/wire/imap/sort_program.h"

namespace postern::imap {

/// What one criterion compares, for each message: numbers, or texts octet for octet. RFC 5256
/// section 3: an empty text comes first.
struct SortColumn {
  wire::imap::SortCriterion::Direction direction = wire::imap::SortCriterion::Direction::rising;
  std::vector<std::int64_t> numbers;  ///< empty if it is texts that are compared
  std::vector<std::string_view> texts;
};

/// The messages by their columns, the first one first; messages that are equal in all of them stay
/// in the order of the mailbox (RFC 5256 section 3). Returns places in the columns, 0 to `size`
/// - 1.
[[nodiscard]] std::vector<std::uint32_t> sort_order(std::span<const SortColumn> columns,
                                                    std::size_t size);

}  // namespace postern::imap
