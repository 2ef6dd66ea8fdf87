#include "proxy/imap/sort_order.h"

#include <algorithm>
#include <compare>
#include <cstddef>
#include <utility>

namespace postern::imap {
namespace {

using Direction = wire::imap::SortCriterion::Direction;

/// A value of which as much as fits is at hand: most comparisons look at nothing else.
struct Row {
  std::uint64_t head;
  std::uint32_t place;
};

/// Equal texts often are one and the same: most of a thread has one subject.
std::strong_ordering compare(std::string_view a, std::string_view b) {
  if (a.data() == b.data() && a.size() == b.size()) return std::strong_ordering::equal;
  return a <=> b;
}

/// The first eight octets, so that numbers compare as the texts do.
std::uint64_t head_of(std::string_view text) {
  std::uint64_t head = 0;
  for (std::size_t i = 0; i < sizeof head; ++i)
    head = head << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0U);
  return head;
}

std::uint64_t head_of(std::int64_t number) {
  return static_cast<std::uint64_t>(number) ^ (std::uint64_t{1} << 63);
}

std::strong_ordering compare(const SortColumn& column, std::uint32_t a, std::uint32_t b) {
  const auto order = column.numbers.empty() ? compare(column.texts[a], column.texts[b])
                                            : column.numbers[a] <=> column.numbers[b];
  return column.direction == Direction::rising ? order : 0 <=> order;
}

}  // namespace

std::vector<std::uint32_t> sort_order(std::span<const SortColumn> columns, std::size_t size) {
  std::vector<Row> rows(size);
  for (std::uint32_t place = 0; place < size; ++place) {
    std::uint64_t head = 0;
    if (!columns.empty()) {
      const SortColumn& first = columns.front();
      head = first.numbers.empty() ? head_of(first.texts[place]) : head_of(first.numbers[place]);
      if (first.direction == Direction::falling) head = ~head;
    }
    rows[place] = {head, place};
  }
  std::ranges::sort(rows, [&](const Row& a, const Row& b) {
    if (a.head != b.head) return a.head < b.head;
    for (const SortColumn& column : columns) {
      const auto order = compare(column, a.place, b.place);
      if (order != 0) return order < 0;
    }
    return a.place < b.place;
  });
  std::vector<std::uint32_t> order(size);
  std::ranges::transform(rows, order.begin(), &Row::place);
  return order;
}

}  // namespace postern::imap
