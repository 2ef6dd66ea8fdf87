#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace postern::imap {

/// Threads of messages as they are told (RFC 5256 section 4): nodes by index, each with its first
/// child and its next sibling. A node without a number stands for a message that is not there; it
/// is a root and has at least two children.
struct Forest {
  using Index = std::uint32_t;
  static constexpr Index none = std::numeric_limits<Index>::max();

  std::vector<std::uint32_t> numbers;  ///< 0: not there
  std::vector<Index> first_child;
  std::vector<Index> next_sibling;
  std::vector<Index> roots;
};

/// Builds the forest in which the siblings, and the roots, stand in the order in which `order`
/// names them or the first of their children. Nodes from `numbers.size()` up to `parents.size()`
/// are not there. A parent is `Forest::none` for roots; there are no cycles. Linear.
[[nodiscard]] Forest build_forest(std::span<const std::uint32_t> numbers,
                                  std::span<const Forest::Index> parents,
                                  std::span<const Forest::Index> order);

/// "* THREAD (2)(3 6 (4 23)(44 7 96))", CRLF included. However deep the threads, nothing recurses.
[[nodiscard]] std::string thread_line(const Forest& forest);

}  // namespace postern::imap
