#pragma once

#include <array>
#include <cstddef>
#include <ranges>
#include <string_view>

namespace postern::config {

/// The cells of a row of one of the tables that are compiled in: commas alone part them, nothing is
/// quoted. Those that are lacking are empty; what is more than `columns` is passed over. Views into
/// the row.
template <std::size_t columns>
[[nodiscard]] std::array<std::string_view, columns> csv_row(std::string_view row) {
  std::array<std::string_view, columns> cells;
  std::size_t column = 0;
  for (const auto part : row | std::views::split(',')) {
    if (column < columns) cells[column++] = std::string_view(part.begin(), part.end());
  }
  return cells;
}

}  // namespace postern::config
