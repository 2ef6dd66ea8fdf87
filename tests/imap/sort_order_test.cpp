#include "proxy/imap/sort_order.h"

#include <string_view>

#include <gtest/gtest.h>

#include "sync/store/text_numbers.h"

namespace postern::imap {
namespace {

using Direction = wire::imap::SortCriterion::Direction;
using Order = std::vector<std::uint32_t>;

/// By the ranks that texts have among each other.
SortColumn texts(const std::vector<std::string_view>& values,
                 Direction direction = Direction::rising) {
  store::TextNumbers numbers;
  std::vector<std::int64_t> result;
  for (const std::string_view value : values) result.push_back(numbers.number(value));
  for (std::int64_t& number : result) number = numbers.ranks()[static_cast<std::size_t>(number)];
  return {direction, std::move(result)};
}
SortColumn numbers(std::vector<std::int64_t> values, Direction direction = Direction::rising) {
  return {direction, std::move(values)};
}

/// RFC 5256 section 3.
TEST(SortOrder, ComparesColumnAfterColumn) {
  struct Row {
    const char* name;
    std::vector<SortColumn> columns;
    Order expected;
  };
  const Row rows[] = {
      {"numbers", {numbers({3, -1, 2})}, {1, 2, 0}},
      {"falling", {numbers({3, -1, 2}, Direction::falling)}, {0, 2, 1}},
      {"extremes", {numbers({0, INT64_MAX, INT64_MIN})}, {2, 0, 1}},
      {"equal ones stay", {numbers({5, 5, 1, 5})}, {2, 0, 1, 3}},
      {"equal ones stay when falling", {numbers({5, 5, 9, 5}, Direction::falling)}, {2, 0, 1, 3}},
      {"texts", {texts({"b", "", "a"})}, {1, 2, 0}},
      {"long beginnings", {texts({"12345678z", "12345678", "12345678a"})}, {1, 2, 0}},
      {"octets above 127", {texts({"\xc3\xa4", "z", "a"})}, {2, 1, 0}},
      {"NUL counts", {texts({std::string_view("a\0", 2), "a", "a\x01"})}, {1, 0, 2}},
      {"falling texts", {texts({"12345678a", "b", "12345678b"}, Direction::falling)}, {1, 2, 0}},
      {"the second decides",
       {texts({"x", "x", "a"}), numbers({2, 1, 3}, Direction::rising)},
       {2, 1, 0}},
      {"the second decides, falling",
       {texts({"x", "x", "a"}), numbers({1, 2, 3}, Direction::falling)},
       {2, 1, 0}},
  };
  for (const Row& row : rows)
    EXPECT_EQ(sort_order(row.columns, row.expected.size()), row.expected) << row.name;
  EXPECT_TRUE(sort_order({}, 0).empty());
}

}  // namespace
}  // namespace postern::imap
