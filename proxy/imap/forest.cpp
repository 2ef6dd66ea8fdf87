#include "proxy/imap/forest.h"

#include <charconv>

namespace postern::imap {
namespace {

/// Writes one thread, keeping its open parentheses on a stack of its own.
class ThreadWriter {
 public:
  ThreadWriter(const Forest& forest, std::string& out) : forest_(forest), out_(out) {}

  void thread(Forest::Index root) {
    out_.push_back('(');
    for (Forest::Index node = root; node != Forest::none;) node = member(node);
  }

 private:
  /// Writes a node and gives the one to go on with.
  Forest::Index member(Forest::Index node) {
    const std::uint32_t number = forest_.numbers[node];
    const Forest::Index child = forest_.first_child[node];
    if (number != 0) {
      char digits[10];
      out_.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
      if (child != Forest::none) out_.push_back(' ');
    }
    if (child == Forest::none) return close();
    const Forest::Index sibling = forest_.next_sibling[child];
    if (sibling != Forest::none) {
      open_.push_back(sibling);
      out_.push_back('(');
    }
    return child;
  }

  /// A list is over, and with it those of which it was the last one.
  Forest::Index close() {
    out_.push_back(')');
    while (!open_.empty()) {
      const Forest::Index node = open_.back();
      if (node != Forest::none) {
        open_.back() = forest_.next_sibling[node];
        out_.push_back('(');
        return node;
      }
      open_.pop_back();
      out_.push_back(')');
    }
    return Forest::none;
  }

  const Forest& forest_;
  std::string& out_;
  std::vector<Forest::Index> open_;  ///< for each open list of lists, what follows in it
};

}  // namespace

Forest build_forest(std::span<const std::uint32_t> numbers, std::span<const Forest::Index> parents,
                    std::span<const Forest::Index> order) {
  const std::size_t size = parents.size();
  Forest forest;
  forest.numbers.assign(numbers.begin(), numbers.end());
  forest.numbers.resize(size, 0);
  forest.first_child.assign(size, Forest::none);
  forest.next_sibling.assign(size, Forest::none);
  std::vector<Forest::Index> last_child(size, Forest::none);
  for (const Forest::Index node : order) {
    const Forest::Index parent = parents[node];
    if (parent == Forest::none) {
      forest.roots.push_back(node);
      continue;
    }
    if (last_child[parent] != Forest::none) {
      forest.next_sibling[last_child[parent]] = node;
    } else {
      forest.first_child[parent] = node;
      if (parent >= numbers.size()) forest.roots.push_back(parent);
    }
    last_child[parent] = node;
  }
  return forest;
}

std::string thread_line(const Forest& forest) {
  std::string line = "* THREAD";
  line.reserve(16 + 9 * forest.numbers.size());
  if (!forest.roots.empty()) line.push_back(' ');
  ThreadWriter writer(forest, line);
  for (const Forest::Index root : forest.roots) writer.thread(root);
  line.append("\r\n");
  return line;
}

}  // namespace postern::imap
