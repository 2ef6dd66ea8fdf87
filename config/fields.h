#pragma once

#include <expected>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/report.h"
#include "config/yaml_tree.h"

namespace postern::config {

/// The nearest of `known` to a word that is none of them; empty when nothing is near.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       const std::vector<std::string_view>& known);

/// A key as part of a path: what it holds beyond a word is not printed raw.
[[nodiscard]] std::string shown_key(std::string_view key);

/// One mapping being read: says what is unknown in it, then hands out its values by key. `Parse`
/// below is a function from text to `std::expected<T, Problem>`.
class Fields {
 public:
  /// Reports a node that is no mapping and every key that is not among `known`.
  Fields(Report& report, const Node& node, std::string path,
         std::initializer_list<std::string_view> known);

  /// The value of a key; nullptr when the key is absent. A key without a value is reported.
  [[nodiscard]] const Node* find(std::string_view key);
  [[nodiscard]] bool has(std::string_view key) const;
  /// The text of a key without any report; empty when there is none.
  [[nodiscard]] std::string_view peek(std::string_view key) const;
  /// "accounts.anna.sources[0]" + ".poll"
  [[nodiscard]] std::string path(std::string_view key) const;
  [[nodiscard]] Place at(std::string_view key) const;
  [[nodiscard]] Place at() const { return at_; }

  /// A scalar, parsed; nothing when the key is absent or reported as a mistake.
  template <class Parse>
  auto get(std::string_view key, Parse parse)
      -> std::optional<typename decltype(parse(std::string_view()))::value_type> {
    const Node* node = find(key);
    return node == nullptr ? std::nullopt : scalar(*node, path(key), parse);
  }
  /// The same, into a variable that keeps its default.
  template <class T, class Parse>
  void read(std::string_view key, T& into, Parse parse) {
    if (auto value = get(key, parse)) into = std::move(*value);
  }
  /// One scalar or a list of them.
  template <class T, class Parse>
  void read_list(std::string_view key, std::vector<T>& into, Parse parse) {
    const Node* node = find(key);
    if (node == nullptr) return;
    if (node->kind != Node::Kind::sequence) {
      if (auto value = scalar(*node, path(key), parse)) into.push_back(std::move(*value));
      return;
    }
    std::size_t index = 0;
    for (const Node& item : node->items) {
      if (auto value = scalar(item, item_path(path(key), index++), parse)) {
        into.push_back(std::move(*value));
      }
    }
  }

  /// A mistake at the value of `key`, or at this mapping when the key is absent.
  void mistake(std::string_view key, Problem problem);
  void note(std::string_view key, Problem problem);
  void require(std::string_view key, std::string advice);

  [[nodiscard]] static std::string item_path(const std::string& list, std::size_t index);

 private:
  template <class Parse>
  auto scalar(const Node& node, const std::string& key, Parse parse)
      -> std::optional<typename decltype(parse(std::string_view()))::value_type> {
    if (!expect_scalar(node, key)) return std::nullopt;
    auto value = parse(std::string_view(node.text));
    if (value) return std::move(*value);
    report_.mistake(node.at, key, std::move(value.error()));
    return std::nullopt;
  }
  bool expect_scalar(const Node& node, const std::string& key);
  [[nodiscard]] const Node::Entry* entry(std::string_view key) const;

  Report& report_;
  const Node& node_;
  std::string path_;
  Place at_;
};

/// The items of a list; anything else is reported and gives none.
[[nodiscard]] std::vector<const Node*> items(Report& report, const Node& node,
                                             const std::string& path);

}  // namespace postern::config
