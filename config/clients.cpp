#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "config/capability_switches.h"
#include "config/fields.h"
#include "config/sections.h"
#include "config/values.h"

namespace postern::config {
namespace {

ClientId read_id(Report& report, const Node& node, const std::string& path) {
  ClientId id;
  Fields fields(report, node, path, {"name", "vendor", "version", "os"});
  fields.read("name", id.name, line_of_text);
  fields.read("vendor", id.vendor, line_of_text);
  fields.read("version", id.version, line_of_text);
  fields.read("os", id.os, line_of_text);
  if (node.kind == Node::Kind::mapping && node.entries.empty())
    report.mistake(node.at, path, {"says nothing", "write {name: \"NAME*\"}"});
  return id;
}

Problem no_such_profile(std::string_view name, const std::vector<ClientProfile>& profiles) {
  std::vector<std::string_view> names;
  names.reserve(profiles.size());
  for (const ClientProfile& profile : profiles) names.push_back(profile.name);
  const std::string_view guess = nearest(name, names);
  return {"there is no built-in profile of that name",
          guess.empty() ? std::string("write id: {name: \"NAME*\"} below it, what the program says "
                                      "of itself")
                        : fmt::format("did you mean \"{}\"?", guess)};
}

/// What the file says of a profile takes the place of what is built in, key by key and capability
/// by capability.
void take_over(Switches& built_in, const Switches& written) {
  built_in.off.remove(written.on);
  built_in.on.remove(written.off);
  built_in.on.add(written.on);
  built_in.off.add(written.off);
}

}  // namespace

std::vector<ClientProfile> read_clients(Report& report, const Node& node) {
  std::vector<ClientProfile> built_in = built_in_clients();
  std::vector<ClientProfile> own;
  if (node.kind != Node::Kind::mapping) {
    report.mistake(node.at, "clients",
                   {"must be a group of profiles",
                    "write the name of a profile, a colon, and capabilities: {IDLE: off}"});
    return built_in;
  }
  for (const Node::Entry& entry : node.entries) {
    const std::string path = "clients." + shown_key(entry.key);
    auto profile = std::ranges::find(built_in, entry.key, &ClientProfile::name);
    Fields fields(report, entry.value, path, {"id", "capabilities"});
    if (profile == built_in.end()) {
      if (!fields.has("id")) report.mistake(entry.at, path, no_such_profile(entry.key, built_in));
      own.push_back({entry.key, {}, {}, {}});
      profile = std::prev(own.end());
    }
    if (const Node* id = fields.find("id")) {
      profile->ids = {read_id(report, *id, fields.path("id"))};
      profile->behaviour.reset();
    }
    if (const Node* capabilities = fields.find("capabilities"))
      take_over(profile->switches,
                read_switches(report, *capabilities, fields.path("capabilities")));
  }
  own.insert(own.end(), std::make_move_iterator(built_in.begin()),
             std::make_move_iterator(built_in.end()));
  return own;
}

}  // namespace postern::config
