#include "config/yaml_tree.h"

#include <yaml-cpp/yaml.h>
// The event interface is not part of the umbrella header.
#include <yaml-cpp/eventhandler.h>

#include <map>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "config/text_check.h"

namespace postern::config {
namespace {

Place place(const YAML::Mark& mark) {
  return mark.is_null() ? Place{} : Place{mark.line + 1, mark.column + 1};
}

/// Builds the tree from the parser's events. The library's own tree is of no use here: it keeps the
/// last of two equal keys and follows aliases.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(Tree& tree) : tree_(tree) {}

  void OnDocumentStart(const YAML::Mark& mark) override { tree_.root.at = place(mark); }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.at = place(mark);
    refuse_anchor(node.at, anchor);
    add(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    Node node;
    node.at = place(mark);
    mistake(node.at, {"an alias (*name)", "write the value out; anchors and aliases are not read"});
    add(std::move(node));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node;
    node.at = place(mark);
    refuse_anchor(node.at, anchor);
    refuse_tag(node.at, tag);
    const bool plain = tag == "?" || tag.empty();
    node.kind = plain && (value.empty() || value == "~" || value == "null") ? Node::Kind::null
                                                                            : Node::Kind::scalar;
    node.text = value;
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(Node::Kind::sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(Node::Kind::mapping, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    Node node;
    bool awaits_key = true;
    bool drops_value = false;
    Node::Entry entry;
    std::map<std::string, int> keys;  ///< and the line where each stands first
  };

  /// "accounts.anna.sources[0].poll": where the parser is.
  [[nodiscard]] std::string path() const {
    std::string out;
    for (const Level& level : levels_) {
      if (level.node.kind == Node::Kind::sequence) {
        out += fmt::format("[{}]", level.node.items.size());
      } else if (!level.entry.key.empty()) {
        out += (out.empty() ? "" : ".") + level.entry.key;
      }
    }
    return out;
  }

  void mistake(Place at, Problem problem) {
    tree_.mistakes.push_back({at, path(), std::move(problem)});
  }

  void refuse_anchor(Place at, YAML::anchor_t anchor) {
    if (anchor == YAML::NullAnchor) return;
    mistake(at, {"an anchor (&name)", "delete it; anchors and aliases are not read"});
  }

  void refuse_tag(Place at, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    mistake(at, {"a type tag (!name)",
                 "delete it; types follow from the key. A text that begins with ! needs quotes"});
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    if (levels_.size() == deepest_nesting) {
      throw YAML::ParserException(mark, fmt::format("nested deeper than {}", deepest_nesting));
    }
    Level level;
    level.node.kind = kind;
    level.node.at = place(mark);
    refuse_anchor(level.node.at, anchor);
    refuse_tag(level.node.at, tag);
    levels_.push_back(std::move(level));
  }

  void close() {
    Node node = std::move(levels_.back().node);
    levels_.pop_back();
    add(std::move(node));
  }

  void add(Node node) {
    if (levels_.empty()) {
      tree_.root = std::move(node);
    } else if (Level& level = levels_.back(); level.node.kind == Node::Kind::sequence) {
      level.node.items.push_back(std::move(node));
    } else if (level.awaits_key) {
      take_key(level, std::move(node));
    } else {
      take_value(level, std::move(node));
    }
  }

  void take_key(Level& level, Node node) {
    level.awaits_key = false;
    level.drops_value = true;
    level.entry = {};
    if (node.kind != Node::Kind::scalar) {
      mistake(node.at, {"a key that is not a word", "write \"key: value\""});
      return;
    }
    const auto [first, is_new] = level.keys.insert({node.text, node.at.line});
    level.drops_value = !is_new;
    level.entry = {std::move(node.text), node.at, {}};
    if (!is_new) {
      mistake(node.at, {fmt::format("is here twice, the first time in line {}", first->second),
                        "delete one of them"});
    }
  }

  static void take_value(Level& level, Node node) {
    level.awaits_key = true;
    if (level.drops_value) return;
    level.entry.value = std::move(node);
    level.node.entries.push_back(std::exchange(level.entry, {}));
  }

  Tree& tree_;
  std::vector<Level> levels_;
};

}  // namespace

std::expected<Tree, FormMistake> read_tree(std::string_view text) {
  if (auto mistake = check_text(text)) return std::unexpected(std::move(*mistake));
  Tree tree;
  try {
    // The library takes an open quote that reaches the end of a line and of the file for a closed
    // one; behind a comment the end is no end of a line.
    std::istringstream stream{std::string(text) + (text.ends_with('\n') ? "#" : "")};
    YAML::Parser parser(stream);
    Builder builder(tree);
    if (!parser.HandleNextDocument(builder)) return tree;
    Tree second;
    Builder rest(second);
    if (parser.HandleNextDocument(rest)) {
      tree.mistakes.push_back({second.root.at,
                               "",
                               {"a second document after \"---\"",
                                "keep everything in one document; delete the \"---\" line"}});
    }
  } catch (const YAML::Exception& error) {
    return std::unexpected(FormMistake{
        place(error.mark),
        "",
        {"not valid YAML: " + error.msg,
         "check the indentation, the colons and the quotes here and in the line above"}});
  }
  return tree;
}

}  // namespace postern::config
