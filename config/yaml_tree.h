#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "sync/base/problem.h"

namespace postern::config {

/// Where something stands in a file; both count from 1.
struct Place {
  int line = 1;
  int column = 1;
  friend constexpr auto operator<=>(Place, Place) = default;
};

/// A mistake of form, found before any key is looked at.
struct FormMistake {
  Place at;
  std::string key;  ///< where one is known
  Problem problem;
};

/// A YAML text as it was written: every scalar is text, every node knows its place.
struct Node {
  enum class Kind { null, scalar, sequence, mapping };
  struct Entry;

  Kind kind = Kind::null;
  Place at;
  std::string text;            ///< of a scalar
  std::vector<Node> items;     ///< of a sequence
  std::vector<Entry> entries;  ///< of a mapping, in the order of the file, each key once
};

struct Node::Entry {
  std::string key;
  Place at;
  Node value;
};

struct Tree {
  Node root;
  std::vector<FormMistake> mistakes;  ///< duplicate keys, anchors, aliases, tags, odd keys
};

inline constexpr std::size_t largest_file = 1024 * 1024;  ///< octets
inline constexpr int deepest_nesting = 16;

/// Reads one YAML document. An error is what makes the text unreadable as a whole: syntax, size,
/// depth, tabs in the indentation, a byte order mark, control characters, bad UTF-8.
[[nodiscard]] std::expected<Tree, FormMistake> read_tree(std::string_view text);

}  // namespace postern::config
