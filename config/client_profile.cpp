#include "config/client_profile.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>

#include "config/csv.h"
#include "config/values.h"

namespace postern::config {

extern const std::string_view clients_csv;

namespace {

bool fits(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return true;
  const bool open = pattern.ends_with('*');
  if (open) pattern.remove_suffix(1);
  if (open ? text.size() < pattern.size() : text.size() != pattern.size()) return false;
  return lower(text.substr(0, pattern.size())) == lower(pattern);
}

bool fits(const ClientId& pattern, const ClientId& id) {
  return fits(pattern.name, id.name) && fits(pattern.vendor, id.vendor) &&
         fits(pattern.version, id.version) && fits(pattern.os, id.os);
}

/// Up to the next `separator`, which is taken away too.
std::string_view take(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return part;
}

/// "name=iPhone Mail&os=iOS"
ClientId read_id(std::string_view text) {
  ClientId id;
  while (!text.empty()) {
    std::string_view value = take(text, '&');
    const std::string_view field = take(value, '=');
    std::string& into = field == "name"      ? id.name
                        : field == "vendor"  ? id.vendor
                        : field == "version" ? id.version
                                             : id.os;
    into = value;
  }
  return id;
}

ClientProfile read_row(std::string_view line) {
  auto [name, ids, behaviour, off] = csv_row<4>(line);
  ClientProfile profile;
  profile.name = name;
  while (!ids.empty()) profile.ids.push_back(read_id(take(ids, '|')));
  if (behaviour == "RFC822.PEEK") profile.behaviour = Behaviour::fetches_rfc822_peek;
  while (!off.empty()) {
    const Capabilities capabilities = named(take(off, ' '));
    assert(!capabilities.empty());
    profile.switches.off.add(capabilities);
  }
  return profile;
}

}  // namespace

std::vector<ClientProfile> built_in_clients() {
  std::vector<ClientProfile> profiles;
  std::string_view rest = clients_csv;
  (void)take(rest, '\n');  // the names of the columns
  while (!rest.empty()) profiles.push_back(read_row(take(rest, '\n')));
  return profiles;
}

const ClientProfile* recognise(std::span<const ClientProfile> profiles, const ClientId& id) {
  if (id.empty()) return nullptr;
  const auto found = std::ranges::find_if(profiles, [&](const ClientProfile& profile) {
    return std::ranges::any_of(profile.ids, [&](const ClientId& one) { return fits(one, id); });
  });
  return found == profiles.end() ? nullptr : &*found;
}

const ClientProfile* recognise(std::span<const ClientProfile> profiles, Behaviour behaviour) {
  const auto found = std::ranges::find(profiles, behaviour, &ClientProfile::behaviour);
  return found == profiles.end() ? nullptr : &*found;
}

}  // namespace postern::config
