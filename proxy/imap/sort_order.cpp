#include "proxy/imap/sort_order.h"

#include <algorithm>
#include <cstddef>

namespace postern::imap {
namespace {

using Direction = wire::imap::SortCriterion::Direction;

struct Row {
  std::int64_t value;  ///< of the first column: most comparisons look at nothing else
  std::uint32_t place;
};

/// What rises where `number` falls; every number has one.
std::int64_t turned(std::int64_t number, Direction direction) {
  return direction == Direction::rising ? number : ~number;
}

}  // namespace

std::vector<std::uint32_t> sort_order(std::span<const SortColumn> columns, std::size_t size) {
  std::vector<Row> rows(size);
  for (std::uint32_t place = 0; place < size; ++place) {
    rows[place] = {
        columns.empty() ? 0 : turned(columns.front().numbers[place], columns.front().direction),
        place};
  }
  const auto others = columns.subspan(std::min<std::size_t>(1, columns.size()));
  std::ranges::sort(rows, [&](const Row& a, const Row& b) {
    if (a.value != b.value) return a.value < b.value;
    for (const SortColumn& column : others) {
      const std::int64_t first = turned(column.numbers[a.place], column.direction);
      const std::int64_t second = turned(column.numbers[b.place], column.direction);
      if (first != second) return first < second;
    }
    return a.place < b.place;
  });
  std::vector<std::uint32_t> order(size);
  std::ranges::transform(rows, order.begin(), &Row::place);
  return order;
}

}  // namespace postern::imap
