#include "proxy/imap/threading.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <tuple>

#include "proxy/imap/links.h"

namespace postern::imap {
namespace {

using Index = Forest::Index;
using Message = ThreadInput::Message;
constexpr Index none = Forest::none;

/// By sent date, and where that is equal in the order of the mailbox (RFC 5256 section 2.2).
std::vector<Index> by_sent_date(const ThreadInput& input) {
  std::vector<Index> order(input.messages.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::ranges::sort(order, {}, [&](Index message) {
    return std::make_tuple(input.messages[message].sent, message);
  });
  return order;
}

std::vector<std::uint32_t> numbers(const ThreadInput& input) {
  std::vector<std::uint32_t> result(input.messages.size());
  std::ranges::transform(input.messages, result.begin(), &Message::number);
  return result;
}

Forest ordered_subject(const ThreadInput& input) {
  const std::vector<Index> order = by_sent_date(input);
  std::vector<Index> first(input.subjects, none);
  std::vector<Index> parents(input.messages.size(), none);
  for (const Index message : order) {
    Index& root = first[input.messages[message].subject];
    if (root == none) {
      root = message;
    } else {
      parents[message] = root;
    }
  }
  return build_forest(numbers(input), parents, order);
}

/// REFERENCES step 5: roots with one base subject become one thread.
class SubjectGrouping {
 public:
  SubjectGrouping(const ThreadInput& input, const std::vector<Index>& order,
                  std::vector<Index>& parents)
      : input_(input),
        parents_(parents),
        leader_(parents.size(), none),
        merged_(parents.size(), none),
        table_(input.subjects, none) {
    find_roots(order);
  }

  void run() {
    for (const Index root : roots_) enter(root);
    for (const Index root : roots_) merge(root);
    for (Index message = 0; message < input_.messages.size(); ++message) {
      const Index parent = parents_[message];
      if (parent != none && merged_[parent] != none) parents_[message] = merged_[parent];
    }
  }

 private:
  [[nodiscard]] bool there(Index root) const { return root < input_.messages.size(); }
  /// The message whose subject a root has: itself, or its first child.
  [[nodiscard]] const Message& face(Index root) const { return input_.messages[leader_[root]]; }

  void find_roots(const std::vector<Index>& order) {
    for (const Index message : order) {
      const Index root = parents_[message] == none ? message : parents_[message];
      if ((parents_[message] != none && there(root)) || leader_[root] != none) continue;
      leader_[root] = message;
      roots_.push_back(root);
    }
  }

  void enter(Index root) {
    const std::uint32_t subject = face(root).subject;
    if (subject == 0) return;
    Index& known = table_[subject];
    if (known == none ||
        (there(known) && (!there(root) || (face(known).reply && !face(root).reply))))
      known = root;
  }

  void merge(Index root) {
    const std::uint32_t subject = face(root).subject;
    if (subject == 0) return;
    Index& known = table_[subject];
    if (known == root || (there(root) && parents_[root] != none)) return;
    if (!there(root)) {
      merged_[root] = known;
    } else if (!there(known) || (face(root).reply && !face(known).reply)) {
      parents_[root] = known;
    } else {
      const auto family = static_cast<Index>(parents_.size());
      parents_.push_back(none);
      leader_.push_back(leader_[known]);
      merged_.push_back(none);
      parents_[known] = family;
      parents_[root] = family;
      known = family;
    }
  }

  const ThreadInput& input_;
  std::vector<Index>& parents_;
  std::vector<Index> leader_;  ///< of roots
  std::vector<Index> merged_;  ///< what a root that is not there became part of
  std::vector<Index> table_;   ///< by subject
  std::vector<Index> roots_;   ///< by sent date
};

Forest references(const ThreadInput& input) {
  const std::vector<Index> order = by_sent_date(input);
  std::vector<Index> parents = link_references(input).parents;
  SubjectGrouping(input, order, parents).run();
  return build_forest(numbers(input), parents, order);
}

/// The root above each node.
std::vector<Index> tops(const std::vector<Index>& parents) {
  std::vector<Index> top(parents.size(), none);
  std::vector<Index> path;
  for (Index start = 0; start < parents.size(); ++start) {
    Index node = start;
    while (top[node] == none && parents[node] != none) {
      path.push_back(node);
      node = parents[node];
    }
    if (top[node] == none) top[node] = node;
    for (const Index passed : path) top[passed] = top[node];
    path.clear();
  }
  return top;
}

Forest refs(const ThreadInput& input) {
  const std::vector<Index> parents = link_references(input).parents;
  Forest forest = build_forest(numbers(input), parents, by_sent_date(input));
  const std::vector<Index> top = tops(parents);
  // The youngest arrival, and of several the one that stands last in the mailbox.
  std::vector<std::tuple<std::int64_t, Index>> youngest(
      parents.size(), {std::numeric_limits<std::int64_t>::min(), 0});
  for (Index message = 0; message < input.messages.size(); ++message) {
    auto& known = youngest[top[message]];
    known = std::max(known, std::make_tuple(input.messages[message].arrived, message));
  }
  std::ranges::sort(forest.roots, {}, [&](Index root) { return youngest[root]; });
  return forest;
}

}  // namespace

Forest threads(wire::imap::ThreadAlgorithm algorithm, const ThreadInput& input) {
  switch (algorithm) {
    case wire::imap::ThreadAlgorithm::ordered_subject: return ordered_subject(input);
    case wire::imap::ThreadAlgorithm::references: return references(input);
    case wire::imap::ThreadAlgorithm::refs: return refs(input);
  }
  return {};
}

}  // namespace postern::imap
