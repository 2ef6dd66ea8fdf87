#include "config/capability_switches.h"

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "config/fields.h"
#include "config/values.h"

namespace postern::config {
namespace {

Problem not_known(std::string_view name) {
  for (const std::string_view base : {"imap4rev1", "starttls", "logindisabled"}) {
    if (lower(name) == base)
      return {"cannot be switched", "delete the line; no program can do without it"};
  }
  if (lower(name).starts_with("auth="))
    return {"cannot be switched", "delete the line; what is offered depends on TLS alone"};
  std::vector<std::string_view> names;
  for (const CapabilityRow& row : capability_rows) {
    names.push_back(row.name);
    names.push_back(row.name.substr(0, row.name.find('=')));
  }
  std::string capitals(name);
  for (char& c : capitals) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  const std::string_view guess = nearest(capitals, names);
  return {"there is no such capability",
          guess.empty() ? std::string("write one that Postern announces, such as IDLE or CONDSTORE")
                        : fmt::format("did you mean \"{}\"?", guess)};
}

}  // namespace

Switches read_switches(Report& report, const Node& node, const std::string& path) {
  Switches switches;
  if (node.kind != Node::Kind::mapping) {
    report.mistake(node.at, path, {"must be a group of capabilities", "write {IDLE: off}"});
    return switches;
  }
  for (const Node::Entry& entry : node.entries) {
    const std::string key = path + "." + shown_key(entry.key);
    const Capabilities capabilities = named(entry.key);
    if (capabilities.empty()) {
      report.mistake(entry.at, key, not_known(entry.key));
      continue;
    }
    const std::string_view text = entry.value.text;
    const bool is_word = entry.value.kind == Node::Kind::scalar;
    if (!is_word || (text != "on" && text != "off")) {
      report.mistake(is_word ? entry.value.at : entry.at, key,
                     {"is neither on nor off", "write on or off behind the colon"});
      continue;
    }
    Capabilities& into = text == "on" ? switches.on : switches.off;
    const Capabilities& other = text == "on" ? switches.off : switches.on;
    if (other.has_any(capabilities)) {
      report.mistake(entry.at, key,
                     {"is switched both on and off", "keep one of the lines that name it"});
    }
    into.add(capabilities);
  }
  return switches;
}

}  // namespace postern::config
