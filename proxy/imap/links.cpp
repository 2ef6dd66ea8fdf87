#include "proxy/imap/links.h"

#include <algorithm>
#include <cstddef>

namespace postern::imap {
namespace {

using Index = Forest::Index;
constexpr Index none = Forest::none;

/// Messages, and behind them those that are only referred to, with their parents.
class Linker {
 public:
  explicit Linker(const ThreadInput& input)
      : input_(input),
        messages_(static_cast<Index>(input.messages.size())),
        node_of_(input.ids, none),
        parents_(messages_, none),
        children_(messages_, 0),
        steps_left_(steps_per_link * (input.messages.size() + input.references.size())) {}

  Links run() {
    own_ids();
    for (Index message = 0; message < messages_; ++message) link(message);
    return prune();
  }

 private:
  /// Many more than real mail needs for each link.
  static constexpr std::size_t steps_per_link = 64;

  /// The first message with an id is the one that it means.
  void own_ids() {
    for (Index message = 0; message < messages_; ++message) {
      const std::uint32_t id = input_.messages[message].id;
      if (id != 0 && node_of_[id] == none) node_of_[id] = message;
    }
  }

  Index node(std::uint32_t id) {
    if (node_of_[id] == none) {
      node_of_[id] = static_cast<Index>(parents_.size());
      parents_.push_back(none);
      children_.push_back(0);
    }
    return node_of_[id];
  }

  /// Whether `child` under `parent` would make a circle; also if finding out takes too long.
  bool circular(Index parent, Index child) {
    if (parent == child) return true;
    if (children_[child] == 0) return false;
    for (Index node = parents_[parent]; node != none; node = parents_[node]) {
      if (node == child || steps_left_ == 0) return true;
      --steps_left_;
    }
    return false;
  }

  void adopt(Index parent, Index child) {
    if (circular(parent, child)) return;
    parents_[child] = parent;
    ++children_[parent];
  }

  void link(Index message) {
    const auto& facts = input_.messages[message];
    Index parent = none;
    for (std::uint32_t i = 0; i < facts.references; ++i) {
      const Index referred = node(input_.references[facts.first_reference + i]);
      // What an earlier message said of the two stands.
      if (parent != none && parents_[referred] == none) adopt(parent, referred);
      parent = referred;
    }
    // The message itself knows best whose answer it is.
    if (parents_[message] == parent) return;
    if (parents_[message] != none) --children_[parents_[message]];
    parents_[message] = none;
    if (parent != none) adopt(parent, message);
  }

  [[nodiscard]] bool there(Index node) const { return node < messages_; }

  /// For each one that is not there: the nearest one above it that is, or else the topmost.
  std::vector<Index> substitutes() const {
    std::vector<Index> result(parents_.size(), none);
    std::vector<Index> path;
    for (Index start = messages_; start < parents_.size(); ++start) {
      Index node = start;
      while (!there(node) && result[node] == none && parents_[node] != none) {
        path.push_back(node);
        node = parents_[node];
      }
      const Index found = there(node) || result[node] == none ? node : result[node];
      if (!there(node)) result[node] = found;
      for (const Index passed : path) result[passed] = found;
      path.clear();
    }
    return result;
  }

  /// Who is not there makes way for its children, except at the root if they are more than one.
  Links prune() const {
    const std::vector<Index> substitute = substitutes();
    std::vector<Index> families(parents_.size(), 0);
    Links links;
    links.parents.assign(messages_, none);
    for (Index message = 0; message < messages_; ++message) {
      Index parent = parents_[message];
      if (parent != none && !there(parent)) parent = substitute[parent];
      links.parents[message] = parent;
      if (parent != none && !there(parent)) ++families[parent];
    }
    std::vector<Index> place(parents_.size(), none);
    for (Index message = 0; message < messages_; ++message) {
      Index& parent = links.parents[message];
      if (parent == none || there(parent)) continue;
      if (families[parent] == 1) {
        parent = none;
        continue;
      }
      if (place[parent] == none) {
        place[parent] = static_cast<Index>(links.parents.size());
        links.parents.push_back(none);
      }
      // Looked up anew: the list may lie elsewhere now.
      links.parents[message] = place[links.parents[message]];
    }
    return links;
  }

  const ThreadInput& input_;
  const Index messages_;
  std::vector<Index> node_of_;  ///< by message id
  std::vector<Index> parents_;
  std::vector<std::uint32_t> children_;
  std::size_t steps_left_;
};

}  // namespace

Links link_references(const ThreadInput& input) {
  return Linker(input).run();
}

}  // namespace postern::imap
