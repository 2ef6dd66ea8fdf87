#include "config/taken.h"

#include <algorithm>

#include <fmt/format.h>

namespace postern::config {
namespace {

std::string_view port_of(std::string_view address) {
  return address.substr(address.rfind(':'));
}

/// "0.0.0.0" and "[::]" take a port on every address of their family.
bool takes_all(std::string_view address) {
  return address.starts_with("0.0.0.0:") || address.starts_with("[::]:");
}

bool clash(std::string_view one, std::string_view other) {
  if (one == other) return true;
  if (port_of(one) != port_of(other)) return false;
  const bool same_family = one.starts_with('[') == other.starts_with('[');
  return same_family && (takes_all(one) || takes_all(other));
}

}  // namespace

void Taken::check(Fields& fields, std::string_view key, const std::vector<std::string>& addresses,
                  std::string_view holder) {
  for (const std::string& address : addresses) {
    if (address.empty() || address.ends_with(":0")) continue;
    const auto other = std::ranges::find_if(
        addresses_, [&](const Address& before) { return clash(before.text, address); });
    if (other != addresses_.end()) {
      fields.mistake(key, {other->text == address
                               ? fmt::format("{} is already taken by {}", address, other->holder)
                               : fmt::format("{} cannot be beside {} of {}", address, other->text,
                                             other->holder),
                           "give it another port"});
    }
    addresses_.push_back({address, std::string(holder)});
  }
}

}  // namespace postern::config
