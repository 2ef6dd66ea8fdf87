#include "config/fields.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sync/base/log.h"

namespace postern::config {
namespace {

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string_view kind_name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::null: return "nothing";
    case Node::Kind::scalar: return "a single value";
    case Node::Kind::sequence: return "a list";
    case Node::Kind::mapping: return "a group of keys";
  }
  return "something else";
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
  std::string_view best;
  // A third of the word may be wrong; longer words than any key are not worth the comparison.
  std::size_t allowed = word.size() > 64 ? 0 : std::max<std::size_t>(1, word.size() / 3);
  for (const std::string_view candidate : known) {
    const std::size_t d = word.size() > 64 ? 1 : distance(word, candidate);
    if (d > allowed || (d == allowed && !best.empty())) continue;
    allowed = d;
    best = candidate;
  }
  return best;
}

std::string shown_key(std::string_view key) {
  return key.size() <= 64 && key.find_first_of("\n\r\t\"") == key.npos ? std::string(key)
                                                                       : log::quoted(key, 40);
}

Fields::Fields(Report& report, const Node& node, std::string path,
               std::initializer_list<std::string_view> known)
    : report_(report), node_(node), path_(std::move(path)), at_(node.at) {
  const std::vector<std::string_view> keys(known);
  if (node.kind != Node::Kind::mapping) {
    report.mistake(node.at, path_,
                   {fmt::format("is {}, but must be a group of keys", kind_name(node.kind)),
                    fmt::format("write \"key: value\" lines below it; the keys are {}",
                                fmt::join(keys, ", "))});
    return;
  }
  for (const Node::Entry& e : node.entries) {
    if (std::ranges::find(keys, e.key) != keys.end()) continue;
    const std::string_view guess = nearest(e.key, keys);
    report.mistake(
        e.at, this->path(e.key),
        {"unknown key", guess.empty() ? fmt::format("the keys here are {}", fmt::join(keys, ", "))
                                      : fmt::format("did you mean \"{}\"?", guess)});
  }
}

const Node::Entry* Fields::entry(std::string_view key) const {
  const auto found = std::ranges::find(node_.entries, key, &Node::Entry::key);
  return found == node_.entries.end() ? nullptr : &*found;
}

const Node* Fields::find(std::string_view key) {
  const Node::Entry* e = entry(key);
  if (e == nullptr) return nullptr;
  if (e->value.kind != Node::Kind::null) return &e->value;
  report_.mistake(e->at, path(key),
                  {"has no value", "write one after the colon, or delete the key"});
  return nullptr;
}

bool Fields::has(std::string_view key) const {
  return entry(key) != nullptr;
}

std::string_view Fields::peek(std::string_view key) const {
  const Node::Entry* e = entry(key);
  return e == nullptr ? std::string_view() : std::string_view(e->value.text);
}

std::string Fields::path(std::string_view key) const {
  return path_.empty() ? shown_key(key) : path_ + "." + shown_key(key);
}

Place Fields::at(std::string_view key) const {
  const Node::Entry* e = entry(key);
  if (e == nullptr) return at_;
  return e->value.kind == Node::Kind::null ? e->at : e->value.at;
}

void Fields::mistake(std::string_view key, Problem problem) {
  report_.mistake(at(key), path(key), std::move(problem));
}

void Fields::note(std::string_view key, Problem problem) {
  report_.note(at(key), path(key), std::move(problem));
}

void Fields::require(std::string_view key, std::string advice) {
  if (node_.kind != Node::Kind::mapping || has(key)) return;
  report_.mistake(at_, path(key), {"is missing", std::move(advice)});
}

std::string Fields::item_path(const std::string& list, std::size_t index) {
  return fmt::format("{}[{}]", list, index);
}

bool Fields::expect_scalar(const Node& node, const std::string& key) {
  if (node.kind == Node::Kind::scalar) return true;
  report_.mistake(node.at, key,
                  {fmt::format("is {}, but must be a single value", kind_name(node.kind)),
                   "write the value after the colon"});
  return false;
}

std::vector<const Node*> items(Report& report, const Node& node, const std::string& path) {
  std::vector<const Node*> found;
  if (node.kind != Node::Kind::sequence) {
    report.mistake(node.at, path,
                   {fmt::format("is {}, but must be a list", kind_name(node.kind)),
                    "begin each entry with \"- \" on a line of its own"});
    return found;
  }
  for (const Node& item : node.items) found.push_back(&item);
  return found;
}

}  // namespace postern::config
